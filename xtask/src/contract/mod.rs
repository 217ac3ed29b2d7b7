//! `cargo xtask contract`: the contract between the portal and its plugins as a page, made of `wit/`.
//!
//! Rule: the page is kept with the sources, since people read it where they read these, and a test holds it to them.

mod types;

use std::fmt::Write as _;
use std::path::Path;

use wit_parser::{Function, FunctionKind, Interface, InterfaceId, Resolve, TypeDefKind, World, WorldItem};

use crate::workspace::Workspace;

/// Where the page is.
const PAGE: &str = "docs/contract.md";

const HEAD: &str = "\
# The contract

What a portal and a plugin may ask of each other, made of the files in [`wit/`](../wit) by `cargo xtask contract`. [Writing a
plugin](plugins.md) begins at the beginning.

Nothing here carries `@since`: all of it is there since 0.1.0, and the gate alters neither components nor how they are linked, so that it
would say nothing. What is added within the track carries it, such as `@since(version = 0.1.1)`.
";

/// Writes the page.
pub(crate) fn write(workspace: &Workspace) -> Result<(), String> {
    let page = page(&workspace.root.join("wit"))?;
    let file = workspace.root.join(PAGE);
    std::fs::write(&file, page).map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    eprintln!("xtask: {PAGE} says what is in wit/");
    Ok(())
}

/// The page of a folder's package.
fn page(folder: &Path) -> Result<String, String> {
    let mut resolve = Resolve::default();
    let (package, _) =
        resolve.push_dir(folder).map_err(|error| format!("{} is no package: {error:#}", folder.display()))?;
    let package = &resolve.packages[package];
    let mut page = format!(
        "{HEAD}\nThe package is `{}`. {}\n",
        package.name,
        package.docs.contents.as_deref().unwrap_or_default()
    );
    let worlds: Vec<&World> = package.worlds.values().map(|world| &resolve.worlds[*world]).collect();
    let points = interfaces(worlds.iter().flat_map(|world| world.exports.values()));
    let mut offered = interfaces(worlds.iter().flat_map(|world| world.imports.values()));
    offered.retain(|id| !points.contains(id));
    section(&mut page, &resolve, "What a plugin offers", &points);
    section(&mut page, &resolve, "What a portal offers", &offered);
    Ok(page)
}

/// The interfaces among these, each once, in the order in which the worlds name them.
fn interfaces<'a>(items: impl Iterator<Item = &'a WorldItem>) -> Vec<InterfaceId> {
    let mut found = Vec::new();
    for item in items {
        if let WorldItem::Interface { id, .. } = item
            && !found.contains(id)
        {
            found.push(*id);
        }
    }
    found
}

fn section(page: &mut String, resolve: &Resolve, title: &str, interfaces: &[InterfaceId]) {
    let _ = writeln!(page, "\n## {title}");
    for id in interfaces {
        interface(page, resolve, *id, &resolve.interfaces[*id]);
    }
}

fn interface(page: &mut String, resolve: &Resolve, id: InterfaceId, interface: &Interface) {
    let _ = writeln!(page, "\n### `{}`", interface.name.as_deref().unwrap_or_default());
    text(page, interface.docs.contents.as_deref());
    let free = interface.functions.values().filter(|function| function.kind.resource().is_none());
    for one in free {
        function(page, resolve, one);
    }
    // What is only used here is described where it is made.
    for type_id in interface.types.values().filter(|type_id| !types::is_used(resolve, **type_id, id)) {
        let definition = &resolve.types[*type_id];
        let _ =
            writeln!(page, "\n#### `{} {}`", definition.kind.as_str(), definition.name.as_deref().unwrap_or_default());
        text(page, definition.docs.contents.as_deref());
        types::describe(page, resolve, &definition.kind);
        if let TypeDefKind::Resource = definition.kind {
            let of_it = interface.functions.values().filter(|function| function.kind.resource() == Some(*type_id));
            for one in of_it {
                function(page, resolve, one);
            }
        }
    }
}

/// A function: how it is called, and what it does.
fn function(page: &mut String, resolve: &Resolve, function: &Function) {
    let is_method = matches!(function.kind, FunctionKind::Method(_));
    // What a method is called on goes without saying.
    let parameters = function.params.iter().skip(usize::from(is_method));
    let parameters: Vec<String> =
        parameters.map(|one| format!("{}: {}", one.name, types::name(resolve, &one.ty))).collect();
    let result = function.result.as_ref().map(|result| format!(" -> {}", types::name(resolve, result)));
    let owner = function.kind.resource().and_then(|owner| resolve.types[owner].name.as_deref());
    let owner = owner.map(|owner| format!("{owner}.")).unwrap_or_default();
    let _ = writeln!(
        page,
        "\n```wit\n{owner}{}({}){}\n```",
        function.item_name(),
        parameters.join(", "),
        result.unwrap_or_default()
    );
    text(page, function.docs.contents.as_deref());
}

fn text(page: &mut String, docs: Option<&str>) {
    if let Some(docs) = docs {
        let _ = writeln!(page, "\n{}", docs.trim());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_contract_says() {
        let root = Workspace::find().root;
        let page = page(&root.join("wit")).expect("a package");
        let kept = std::fs::read_to_string(root.join(PAGE)).unwrap_or_default();
        assert!(page == kept, "{PAGE} is not what wit/ says any more; run `cargo xtask contract`");
    }

    #[test]
    fn functions_types_and_what_is_said_of_them_are_there() {
        let page = page(&Workspace::find().root.join("wit")).expect("a package");
        for expected in [
            "### `http`",
            "send(request: request) -> result<response, error>",
            "session.put(entities: list<put>) -> result<list<rejection>, error>",
            "| `timeout-ms` | `option<u32>` | For the whole exchange; clamped to what the run has left. |",
            "| `denied` | `string` | The operator has not granted this. The sentence says what to grant. |",
            "#### `resource snapshot`",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        let points = page.find("### `ingestion`").expect("an extension point");
        assert!(points < page.find("## What a portal offers").expect("the other half"));
    }
}
