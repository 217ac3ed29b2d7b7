//! Sentences: each says what was found, where, and what to do; none holds a value.

use portico_templates::{Condition, Each, Template, TextTemplate};
use serde_json::json;

use crate::support::{context, rendered, value};

fn says(text: &str, wanted: &str) {
    match rendered(text) {
        Ok(found) => panic!("{text} came to {found:?}"),
        Err(error) => assert_eq!(error.to_string(), wanted, "{text}"),
    }
}

#[test]
fn slips_in_the_text_are_told_with_their_place() {
    for (text, wanted) in [
        ("a ${{ x", "line 1, column 3: the tag is not closed; write `}}` at its end"),
        ("\n  {% if x", "line 2, column 3: the tag is not closed; write `%}` at its end"),
        ("{# x", "line 1, column 1: the comment is not closed; write `#}` at its end"),
        ("{% raw %}x", "line 1, column 1: `raw` is not closed; write `{% endraw %}` behind it"),
        ("é${{ 'x }}", "line 1, column 6: the text is not closed; write `'` at its end"),
        ("${{ r/x }}", "line 1, column 5: the regular expression is not closed; write `/` at its end"),
        ("${{ }}", "line 1, column 5: the tag ends where an expression is missing; write it there"),
        ("${{ a b }}", "line 1, column 7: `b` stands where the end of the tag should; write it so"),
        ("${{ a ? 1 : 2 }}", "line 1, column 7: `?` means nothing in an expression; write `A if CONDITION else B`"),
        ("${{ !a }}", "line 1, column 5: `!` means nothing in an expression; write `not`"),
        ("${{ a && b }}", "line 1, column 7: `&` means nothing in an expression; write `and`"),
        ("${{ 1e3 }}", "line 1, column 5: the number goes on with letters; write it as digits, or in quotes"),
        (
            "${{ f(a=1, 2) }}",
            "line 1, column 12: an argument without a name stands behind one with a name; put it first",
        ),
        ("${{ 'a'('b') }}", "line 1, column 9: only functions, macros and methods are called; take the `(` out"),
        ("${{ __x }}", "line 1, column 5: the name `__x` is kept; take one that does not begin with `__`"),
        ("${{ a.constructor }}", "line 1, column 5: `constructor` is kept; take it out"),
        (
            "${{ not a == b }}",
            "line 1, column 5: it is unclear what `not` belongs to; write `not (A == B)`, or `A != B`",
        ),
        (
            "${{ 1 < 2 < 3 }}",
            "line 1, column 13: two comparisons stand in a row; write `A < B and B < C`, or put one into brackets",
        ),
        ("{% %}", "line 1, column 1: the tag says nothing; write what it does, such as `if`"),
        ("{% if x %}", "line 1, column 1: `if` is not closed; write `{% endif %}` behind what belongs to it"),
        ("{% endif %}", "line 1, column 1: `endif` closes nothing; take it out, or write `if` before it"),
        (
            "{% if a %}{% for b in c %}{% endif %}",
            "line 1, column 27: `endif` stands inside of `for`; close that first, with `endfor`",
        ),
        (
            "{% if a %}{% else %}{% else %}{% endif %}",
            "line 1, column 21: `else` stands outside of `if` or `for`, or behind its last part; move it there",
        ),
        ("{% for x list %}", "line 1, column 10: `in` is missing; write `{% for name in list %}`"),
        (
            "{% switch a %}x{% case 1 %}{% endswitch %}",
            "line 1, column 1: something stands between `switch` and its first `case`; put it before the `switch`",
        ),
        (
            "{% call m() %}{% endcall %}",
            "line 1, column 1: there is no macro `m` to call; write it above, with `{% macro %}`",
        ),
    ] {
        says(text, wanted);
    }
}

#[test]
fn what_there_is_not_is_named_with_what_to_write_instead() {
    for (text, wanted) in [
        ("${{ a | lowr }}", "line 1, column 9: there is no filter `lowr`; did you mean `lower`?"),
        ("${{ a | tojson }}", "line 1, column 9: there is no filter `tojson`; write `dump`"),
        ("${{ a | xyzzy }}", "line 1, column 9: there is no filter `xyzzy`; take it out"),
        ("${{ a is strng }}", "line 1, column 10: there is no test `strng`; did you mean `string`?"),
        ("${{ a is eq }}", "line 1, column 5: the test `eq` takes 1 arguments; write so many"),
        ("${{ nofn() }}", "line 1, column 5: there is no function or macro `nofn`; take it out"),
        (
            "${{ cycler(1) }}",
            "line 1, column 5: there is no function or macro `cycler`; count with `loop.index0 % 2` in place of a cycler",
        ),
        (
            "{% include 'x' %}",
            "line 1, column 1: there is no tag `include`; a template reads no other files; put the text in here",
        ),
        (
            "{% unknown %}",
            "line 1, column 1: there is no tag `unknown`; take it out, or put it between `{% raw %}` and `{% endraw %}`",
        ),
        (
            "${{ parameters.tags.push(1) }}",
            "line 1, column 5: `push()` is called on a list, which has no such method; write `list.concat([item])`, since no list \
             changes",
        ),
        (
            "${{ parameters.missing.trim() }}",
            "line 1, column 5: `trim()` is called on nothing, which has no such method; take it out, or look whether its value is there",
        ),
        (
            "${{ 'a' | replace('a', 'b', x=1) }}",
            "line 1, column 5: the filter `replace` has no argument `x`; it takes `old`, `new`, `count`",
        ),
        ("${{ 'a' | upper(1) }}", "line 1, column 5: the filter `upper` takes no arguments; leave them out"),
        (
            "${{ parameters.people | selectattr('age', 'eq', 2) }}",
            "line 1, column 5: the filter `selectattr` takes no more than `attribute`; leave the others out",
        ),
        (
            "{% macro m(a) %}{% endmacro %}${{ m(1, 2) }}",
            "line 1, column 35: a macro or function is given more arguments, or others, than it takes; leave them out",
        ),
    ] {
        says(text, wanted);
    }
}

#[test]
fn what_javascript_makes_nonsense_of_is_refused() {
    for (text, wanted) in [
        (
            "x\n${{ parameters.place }}",
            "line 2, column 5: an object has no text; name one of its members, or write `| dump`",
        ),
        (
            "${{ 'a' ~ parameters.missing }}",
            "line 1, column 5: a side of `~` is nothing; write `| default(\"\", true)` behind it if it may be",
        ),
        (
            "${{ 'a' + parameters.none }}",
            "line 1, column 5: a side of `+` is null; write `| default(\"\", true)` behind it if it may be",
        ),
        (
            "${{ my-name }}",
            "line 1, column 5: a side of `-` is nothing, and it takes numbers; a name with `-` in it is written in quotes, \
             `values[\"my-name\"]`",
        ),
        (
            "${{ 1 / 0 }}",
            "line 1, column 5: the computation comes to no number; look at its parts, and divide by something other than 0",
        ),
        (
            "${{ [1] == [1] }}",
            "line 1, column 5: lists and objects are not compared with each other; compare their `length`, a member, or `| dump` of \
             both",
        ),
        ("${{ 1 in 5 }}", "line 1, column 5: the right side of `in` is a number; it takes a list, an object or a text"),
        (
            "${{ 5 | urlencode }}",
            "line 1, column 5: the filter `urlencode` stands behind a number, and it takes a text, an object, or a list of pairs; give it \
             one, or write `| default(…)` before it",
        ),
        ("${{ 'abc'[0:2] }}", "line 1, column 5: a text is not cut with `[:]`; write `.slice(from, to)`"),
        (
            "{% for x in parameters.place %}{% endfor %}",
            "line 1, column 1: `for` with one name goes over an object; write `{% for key, value in … %}`",
        ),
        (
            "${{ parameters.missing | join }}",
            "line 1, column 5: the filter `join` stands behind nothing, and it takes a list; give it one, or write `| default(…)` \
             before it",
        ),
        (
            "${{ 'x' | parseRepoUrl }}",
            "line 1, column 5: the repository's host is none that is configured; take one of `bitbucket.org`, \
             `dev.azure.com`, `github.com`, `gitlab.com`, or configure it",
        ),
        (
            "${{ 'github.com?owner=a' | parseRepoUrl }}",
            "line 1, column 5: the address of the repository has no `repo`; write `repo=…` into it",
        ),
        (
            "${{ 'core' | parseEntityRef }}",
            "line 1, column 5: the reference names no kind; write it as `kind:namespace/name`, or give `{defaultKind: \"…\"}`",
        ),
        (
            "${{ 'a' | replace(r/(?=a)/, 'b') }}",
            "line 1, column 19: the regular expression cannot be read; look-around and back references are not known, write it without",
        ),
    ] {
        says(text, wanted);
    }
}

#[test]
fn a_place_inside_of_a_value_is_a_pointer_to_it() {
    let input = json!({"a/b": [1, {"c": "x\n${{ 1 | nofilter }}"}]});
    let error = Template::parse(&input).expect_err("a slip");
    assert_eq!(error.pointer, "/a~1b/1/c");
    assert_eq!(error.to_string(), "/a~1b/1/c, line 2, column 9: there is no filter `nofilter`; take it out");
    let error = value(json!({"name": ["${{ 1 / 0 }}"]})).expect_err("no number");
    assert!(error.to_string().starts_with("/name/0, line 1, column 5: the computation"), "{error}");
}

#[test]
fn conditions_and_turns_that_make_no_sense_are_refused() {
    let error = Condition::parse(&json!("parameters.on")).expect_err("no expression").to_string();
    assert!(
        error.starts_with("the condition has no expression, and so would always hold; write it as `${{ … }}`"),
        "{error}"
    );
    let error = Condition::parse(&json!(1)).expect_err("no condition").to_string();
    assert_eq!(error, "the condition is no text and neither true nor false; write one of them");
    let items = |text: &str| {
        Each::parse(&json!(text)).and_then(|each| each.items(&context())).expect_err("no list").to_string()
    };
    assert_eq!(items("${{ parameters.missing }}"), "`each` comes to nothing; name a list or an object that is there");
    assert_eq!(items("${{ 5 }}"), "`each` comes to a single value; name a list or an object, or split the text");
}

#[test]
fn no_sentence_holds_a_secret() {
    for text in [
        "${{ secrets.TOKEN | abs }}",
        "${{ secrets.TOKEN * 2 }}",
        "${{ secrets.TOKEN | parseRepoUrl }}",
        "${{ secrets.TOKEN | parseEntityRef }}",
        "${{ secrets.TOKEN.nope() }}",
        "${{ [1] | select(secrets.TOKEN) }}",
        "${{ 1 in (secrets.TOKEN | length) }}",
        "${{ range(secrets.TOKEN) }}",
        "{% for x in range(secrets.TOKEN) %}{% endfor %}",
        "${{ 'x' | int(0, secrets.TOKEN) }}",
        "${{ 'x' | center(secrets.TOKEN) }}",
        "${{ secrets | join }}",
    ] {
        let error = rendered(text).expect_err(text);
        assert!(!error.to_string().contains("s3cr3t"), "{text}: {error}");
        assert!(!format!("{error:?}").contains("s3cr3t"), "{text}: {error:?}");
    }
}

#[test]
fn a_macro_that_is_not_there_yet_is_told_of() {
    says(
        "${{ m() }}{% macro m() %}{% endmacro %}",
        "line 1, column 5: a macro is called before it is there; put it above",
    );
}

#[test]
fn an_error_inside_of_a_macro_has_its_own_place() {
    let text = "{% macro m(x) %}\n  ${{ x / 0 }}\n{% endmacro %}\n\n${{ m(1) }}";
    let error = TextTemplate::parse(text, portico_templates::Dialect::Backstage, Default::default());
    let error = error.and_then(|template| template.render(&context())).expect_err("no number");
    let position = error.position.expect("a place");
    assert_eq!((position.line, position.column), (2, 7), "{error}");
}
