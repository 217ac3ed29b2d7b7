//! Types of the contract: how they are written, and tables of what they consist of.

use std::fmt::Write as _;

use wit_parser::{Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

/// Whether a type is only a name for one of another interface.
pub(super) fn is_used(resolve: &Resolve, id: TypeId, of: InterfaceId) -> bool {
    let TypeDefKind::Type(Type::Id(original)) = resolve.types[id].kind else { return false };
    resolve.types[original].owner != TypeOwner::Interface(of)
}

/// A type as the contract writes it.
pub(super) fn name(resolve: &Resolve, of: &Type) -> String {
    let id = match of {
        Type::Id(id) => *id,
        plain => return plain_name(plain).to_owned(),
    };
    let definition = &resolve.types[id];
    if let Some(name) = &definition.name {
        return name.clone();
    }
    let part = |of: &Type| name(resolve, of);
    match &definition.kind {
        TypeDefKind::Option(of) => format!("option<{}>", part(of)),
        TypeDefKind::List(of) => format!("list<{}>", part(of)),
        TypeDefKind::Tuple(tuple) => format!("tuple<{}>", tuple.types.iter().map(part).collect::<Vec<_>>().join(", ")),
        TypeDefKind::Result(result) => {
            let either = |of: &Option<Type>| of.as_ref().map_or_else(|| "_".to_owned(), part);
            format!("result<{}, {}>", either(&result.ok), either(&result.err))
        }
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => part(&Type::Id(*id)),
        other => other.as_str().to_owned(),
    }
}

const fn plain_name(of: &Type) -> &'static str {
    match of {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        Type::Id(_) => "",
    }
}

/// What a type consists of, as a table or a line.
pub(super) fn describe(page: &mut String, resolve: &Resolve, kind: &TypeDefKind) {
    match kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter();
            table(
                page,
                "field",
                fields.map(|field| (&field.name, Some(name(resolve, &field.ty)), &field.docs.contents)),
            );
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter();
            let holds = |of: &Option<Type>| of.as_ref().map(|of| name(resolve, of));
            table(page, "case", cases.map(|case| (&case.name, holds(&case.ty), &case.docs.contents)));
        }
        TypeDefKind::Enum(words) => {
            let is_said = words.cases.iter().any(|case| case.docs.contents.is_some());
            if is_said {
                table(page, "word", words.cases.iter().map(|case| (&case.name, None, &case.docs.contents)));
            } else {
                let words: Vec<String> = words.cases.iter().map(|case| format!("`{}`", case.name)).collect();
                let _ = writeln!(page, "\nOne of {}.", words.join(", "));
            }
        }
        TypeDefKind::Type(of) => {
            let _ = writeln!(page, "\nIt is a `{}`.", name(resolve, of));
        }
        _ => {}
    }
}

/// Rows of a name, what it holds, and what is said of it; a column that nothing stands in is left out.
fn table<'a>(
    page: &mut String,
    head: &str,
    rows: impl Iterator<Item = (&'a String, Option<String>, &'a Option<String>)>,
) {
    let rows: Vec<_> = rows.collect();
    let holds = rows.iter().any(|(_, holds, _)| holds.is_some());
    let means = rows.iter().any(|(_, _, docs)| docs.is_some());
    let line = |cells: [&str; 3]| {
        let shown = cells.into_iter().zip([true, holds, means]).filter(|(_, is_shown)| *is_shown);
        shown.map(|(cell, _)| format!("| {cell} ")).collect::<String>() + "|"
    };
    let _ = writeln!(page, "\n{}\n{}", line([head, "type", "meaning"]), line(["---"; 3]));
    for (name, holds, docs) in rows {
        let holds = holds.map(|holds| format!("`{holds}`")).unwrap_or_default();
        // A row is one line.
        let docs = docs.as_deref().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(page, "{}", line([&format!("`{name}`"), &holds, &docs.replace('|', "\\|")]));
    }
}
