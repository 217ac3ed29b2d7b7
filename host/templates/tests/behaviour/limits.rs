//! Limits: each at its edge, and templates that mean harm.

use portico_templates::limits::{
    BLOCK_DEPTH, EACH_ITEMS, EXPRESSION_DEPTH, LITERAL_ITEMS, OUTPUT_BYTES, RANGE_ITEMS, SOURCE_BYTES, VALUE_DEPTH,
};
use portico_templates::{Context, Each, Limit, Template};
use serde_json::{Value, json};

use crate::support::{context, rendered, value};

fn limit(text: &str) -> Option<Limit> {
    let shown: String = text.chars().take(80).collect();
    rendered(text).err().map(|error| error.limit.unwrap_or_else(|| panic!("{shown}: {error}")))
}

#[test]
fn a_text_has_so_many_bytes() {
    assert_eq!(limit(&format!("${{{{ 1 }}}}{}", "x".repeat(SOURCE_BYTES - 8))), None);
    assert_eq!(limit(&format!("${{{{ 1 }}}}{}", "x".repeat(SOURCE_BYTES - 7))), Some(Limit::Source));
}

#[test]
fn an_expression_has_so_many_levels() {
    let forms: [fn(usize) -> String; 6] = [
        |levels| format!("{}1{}", "[".repeat(levels - 1), "]".repeat(levels - 1)),
        |levels| format!("{}1", "-".repeat(levels - 1)),
        |levels| format!("{}1", "not ".repeat(levels - 1)),
        |levels| format!("1{}", " | abs".repeat(levels - 1)),
        |levels| format!("1{}", " + 1".repeat(levels - 1)),
        |levels| format!("a{}", ".a".repeat(levels - 1)),
    ];
    for form in forms {
        let text = |levels| format!("${{{{ {} }}}}", form(levels));
        assert_eq!(limit(&text(EXPRESSION_DEPTH)), None, "{}", form(5));
        assert_eq!(limit(&text(EXPRESSION_DEPTH + 1)), Some(Limit::Expression), "{}", form(5));
    }
    let brackets = |levels: usize| format!("${{{{ {}1{} }}}}", "(".repeat(levels - 1), ")".repeat(levels - 1));
    assert_eq!(limit(&brackets(EXPRESSION_DEPTH)), None);
    assert_eq!(limit(&brackets(EXPRESSION_DEPTH + 1)), Some(Limit::Expression));
    assert_eq!(limit(&brackets(100_000)), Some(Limit::Expression));
}

#[test]
fn blocks_stand_in_each_other_so_deep() {
    for (open, close) in [
        ("{% if true %}", "{% endif %}"),
        ("{% for x in [1] %}", "{% endfor %}"),
        ("{% for x in [1] %}{% set y = x %}", "{% set z = y %}{% endfor %}"),
        ("{% filter upper %}", "{% endfilter %}"),
    ] {
        let text = |depth: usize| format!("{}{}{}", open.repeat(depth), "${{ [[[1]]] | dump }}", close.repeat(depth));
        assert_eq!(rendered(&text(BLOCK_DEPTH)).as_deref(), Ok("[[[1]]]"));
        assert_eq!(limit(&text(BLOCK_DEPTH + 1)), Some(Limit::Blocks));
    }
    let deepest = format!("${{{{ {}1{} }}}}", "[".repeat(EXPRESSION_DEPTH - 1), "]".repeat(EXPRESSION_DEPTH - 1));
    let text = format!("{}{deepest}{}", "{% if true %}".repeat(BLOCK_DEPTH), "{% endif %}".repeat(BLOCK_DEPTH));
    assert_eq!(rendered(&text).as_deref(), Ok("1"), "both limits together are within the engine's own");
}

#[test]
fn a_list_in_an_expression_has_so_many_items() {
    let list = |items: usize| format!("${{{{ [{}1] | length }}}}", "1,".repeat(items - 1));
    assert_eq!(rendered(&list(LITERAL_ITEMS)), Ok(LITERAL_ITEMS.to_string()));
    assert_eq!(limit(&list(LITERAL_ITEMS + 1)), Some(Limit::Literal));
    let object = |items: usize| {
        let entries: Vec<String> = (0..items).map(|number| format!("k{number}: 1")).collect();
        format!("${{{{ {{{}}} | length }}}}", entries.join(","))
    };
    assert_eq!(rendered(&object(LITERAL_ITEMS)), Ok(LITERAL_ITEMS.to_string()));
    assert_eq!(limit(&object(LITERAL_ITEMS + 1)), Some(Limit::Literal));
}

#[test]
fn values_are_so_deep() {
    let deep = |levels: usize| (0..levels - 1).fold(json!([]), |inner, _| json!([inner]));
    assert!(Context::new().with("x", &deep(VALUE_DEPTH)).is_ok());
    let error = Context::new().with("x", &deep(VALUE_DEPTH + 1)).expect_err("too deep");
    assert_eq!((error.limit, error.pointer.as_str()), (Some(Limit::Depth), "/x"));
    assert!(Template::parse(&deep(VALUE_DEPTH)).is_ok());
    assert_eq!(Template::parse(&deep(VALUE_DEPTH + 1)).expect_err("too deep").limit, Some(Limit::Depth));
    let nest = |times: usize| format!("{{% set x = [] %}}{}ok", "{% set x = [x] %}".repeat(times));
    assert_eq!(rendered(&nest(VALUE_DEPTH - 1)).as_deref(), Ok("ok"));
    assert_eq!(limit(&nest(VALUE_DEPTH)), Some(Limit::Depth));
    assert_eq!(limit(&nest(50_000)), Some(Limit::Depth));
}

#[test]
fn a_result_has_so_many_bytes() {
    let kilobyte = "x".repeat(1024);
    let text = |times: usize| format!("{{% for i in range({times}) %}}{kilobyte}{{% endfor %}}");
    assert_eq!(rendered(&text(OUTPUT_BYTES / 1024)).map(|text| text.len()), Ok(OUTPUT_BYTES));
    assert_eq!(limit(&text(OUTPUT_BYTES / 1024 + 1)), Some(Limit::Output));
    let half = format!("${{{{ 'x'.repeat({}) }}}}", OUTPUT_BYTES / 2 - 2);
    assert!(value(json!([half, half])).is_ok());
    let error = value(json!([half, half, "${{ 'x' }}"])).expect_err("all parts count together");
    assert_eq!(error.limit, Some(Limit::Output));
}

#[test]
fn ranges_and_turns_are_so_long() {
    assert_eq!(rendered(&format!("${{{{ range({RANGE_ITEMS}) | length }}}}")), Ok(RANGE_ITEMS.to_string()));
    assert_eq!(limit(&format!("${{{{ range({}) | length }}}}", RANGE_ITEMS + 1)), Some(Limit::Range));
    assert_eq!(limit("${{ range(0, -2000000000, -1) }}"), Some(Limit::Range));
    let turns = |count: usize| {
        Each::parse(&json!(format!("${{{{ range({count}) }}}}"))).and_then(|each| each.items(&context()))
    };
    assert_eq!(turns(EACH_ITEMS).map(|items| items.len()), Ok(EACH_ITEMS));
    assert_eq!(turns(EACH_ITEMS + 1).expect_err("too many").limit, Some(Limit::Each));
}

#[test]
fn nothing_loops_for_ever_or_fills_the_memory() {
    let nested = |body: &str| format!("{}{body}{}", "{% for i in range(9999) %}".repeat(4), "{% endfor %}".repeat(4));
    let doubled = format!("{{% set x = 'xxxxxxxx' %}}{}", "{% set x = x ~ x %}".repeat(60));
    let laughs = format!("{{% set x = ['ha'] %}}{}", "{% set x = [x, x, x, x] %}".repeat(40));
    for (text, wanted) in [
        (nested(""), Limit::Work),
        (nested("${{ i }}"), Limit::Work),
        (doubled.clone(), Limit::Work),
        (format!("{laughs}${{{{ x }}}}"), Limit::Work),
        (format!("{laughs}${{{{ x | dump }}}}"), Limit::Work),
        (format!("{laughs}${{{{ x.join('') }}}}"), Limit::Work),
        ("{% macro m() %}${{ m() }}{% endmacro %}${{ m() }}".to_owned(), Limit::Macros),
        ("{% macro a() %}${{ b() }}{% endmacro %}{% macro b() %}${{ a() }}{% endmacro %}${{ a() }}".to_owned(), Limit::Macros),
        ("${{ 'x'.repeat(4000000000) }}".to_owned(), Limit::Work),
        ("${{ 'x'.padStart(4000000000) }}".to_owned(), Limit::Work),
        ("${{ 'x' | center(4000000000) }}".to_owned(), Limit::Work),
        ("${{ 'x\\ny' | indent(4000000000) }}".to_owned(), Limit::Work),
        ("${{ [1] | batch(4000000000, 1) }}".to_owned(), Limit::Work),
        ("${{ [1] | slice(4000000000) }}".to_owned(), Limit::Work),
        ("{% set x = 'x'.repeat(100000) %}${{ x | replace('x', x) }}".to_owned(), Limit::Work),
        ("{% set x = 'x'.repeat(100000) %}${{ x.replaceAll('x', x) }}".to_owned(), Limit::Work),
        ("{% set x = 'x'.repeat(100000) %}${{ x.split('').join(x) }}".to_owned(), Limit::Work),
        ("{% set x = 'x'.repeat(1000) %}{% for i in range(9999) %}{% set y %}${{ y }}${{ x }}{% endset %}{% endfor %}".to_owned(), Limit::Work),
        ("${{ 'x' | replace(r/(((x{99}){99}){99})/, '') }}".to_owned(), Limit::Regex),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(limit(&text), Some(wanted), "{shown}");
    }
    let error = value(json!(format!("{doubled}${{{{ x }}}}"))).expect_err("too much");
    assert_eq!(error.limit, Some(Limit::Work));
    let lists = "${{ x }}";
    let many: Vec<Value> = vec![json!("{% for i in range(9999) %}${{ i }}{% endfor %}"); 100];
    assert_eq!(value(json!([lists, many])).expect_err("all parts cost together").limit, Some(Limit::Work));
}

#[test]
fn a_shared_name_cannot_hold_itself() {
    let text = "{% set x = [] %}{% for i in range(100) %}{% set x = [x, i] %}{% endfor %}${{ x }}";
    assert_eq!(limit(text), Some(Limit::Depth));
}

#[test]
fn a_slow_pattern_is_no_slower_than_its_text() {
    let text = "{% set x = 'a'.repeat(20000) ~ '!' %}${{ (x | replace(r/(a+)+$/g, '')).length }}";
    assert_eq!(rendered(text).as_deref(), Ok("20001"));
}

#[test]
fn a_template_that_was_too_costly_works_with_less() {
    let template = Template::parse(&json!("{% for i in list %}{% for j in list %}${{ j }}{% endfor %}{% endfor %}"))
        .expect("fine");
    let with = |items: usize| Context::new().with("list", &json!(vec![1; items])).expect("flat");
    assert_eq!(template.evaluate(&with(5000)).expect_err("too much").limit, Some(Limit::Work));
    assert_eq!(template.evaluate(&with(2)), Ok(Some(json!("1111"))));
}
