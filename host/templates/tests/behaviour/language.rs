//! The language: what expressions and tags come to, in a table.

use crate::support::{context, rendered, value};
use portico_templates::{Dialect, TextTemplate, Whitespace};
use serde_json::json;

fn holds(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(text, wanted)| match rendered(text) {
            Ok(found) if found == *wanted => None,
            Ok(found) => Some(format!("{text}\n  is     {found:?}\n  wanted {wanted:?}")),
            Err(error) => Some(format!("{text}\n  {error}")),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same inside of `${{ … }}`.
fn means(cases: &[(&str, &str)]) {
    let texts: Vec<(String, &str)> =
        cases.iter().map(|(text, wanted)| (format!("${{{{ {text} }}}}"), *wanted)).collect();
    holds(&texts.iter().map(|(text, wanted)| (text.as_str(), *wanted)).collect::<Vec<_>>());
}

#[test]
fn names_lead_to_values_and_to_nothing_where_there_is_nothing() {
    means(&[
        ("parameters.name", "Billing API"),
        ("parameters['name']", "Billing API"),
        ("parameters.place.zip.codes[1]", "3011"),
        ("parameters['my-key']", "7"),
        ("steps.publish.output.remoteUrl", "https://git.example/billing"),
        ("steps['publish'].output.files[0].path", "a"),
        ("user.ref", "user:default/zoe"),
        ("parameters.missing", ""),
        ("steps.missing.output.deep.er", ""),
        ("parameters.none", ""),
        ("parameters.tags[7]", ""),
        ("parameters.tags[-1]", ""),
        ("parameters.name[0]", "B"),
        ("parameters.name.length", "11"),
        ("parameters.tags.length", "3"),
        ("parameters.tags", "rust,grpc,beta"),
        ("loop", ""),
        ("self", ""),
    ]);
}

#[test]
fn operators_are_those_of_javascript_where_these_make_sense() {
    means(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 / 4", "2.5"),
        ("10 / 5", "2"),
        ("10 // 4", "2"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "-1"),
        ("2 * 7 % 4", "2"),
        ("2 ** 3 ** 2", "64"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("'6' * '2'", "12"),
        ("'a' + 1", "a1"),
        ("1 + '1'", "11"),
        ("1 + true", "2"),
        ("2 ~ 1 + 5", "215"),
        ("1 + 2 ~ 3", "33"),
        ("parameters.tags ~ '!'", "rust,grpc,beta!"),
        ("'1' == 1", "true"),
        ("'1' === 1", "false"),
        ("1 !== '1'", "true"),
        ("parameters.none == parameters.missing", "true"),
        ("parameters.none === parameters.missing", "false"),
        ("parameters.on == 1", "true"),
        ("10 > '9'", "true"),
        ("'10' > '9'", "false"),
        ("parameters.missing < 1", "false"),
        ("parameters.tags != ''", "true"),
        ("parameters.nothing == ''", "true"),
        ("parameters.place == ''", "false"),
        ("parameters.tags === ''", "false"),
        ("'rust' in parameters.tags", "true"),
        ("'city' in parameters.place", "true"),
        ("'ill' in parameters.name", "true"),
        ("'go' not in parameters.tags", "true"),
        ("not 'go' in parameters.tags", "true"),
        ("'' or 'b'", "b"),
        ("'a' and 'b'", "b"),
        ("parameters.nothing or 'x'", ""),
        ("not parameters.nothing", "false"),
        ("'yes' if parameters.on else 'no'", "yes"),
        ("'yes' if parameters.off else 'no'", "no"),
        ("'yes' if parameters.off", ""),
        ("-5 | abs", "5"),
        ("- parameters.count", "-3"),
        ("+'5' + 1", "6"),
        ("1.50", "1.5"),
        ("100000000000 * 100000000000", "1e+22"),
    ]);
}

#[test]
fn literals_are_texts_numbers_lists_and_objects() {
    means(&[
        (r#""a\nb\t'\"""#, "a\nb\t'\""),
        (r"'it\'s }}'", "it's }}"),
        ("[1, 'two', [3]]", "1,two,3"),
        ("{a: {b: 1}}.a.b", "1"),
        ("{'a-b': 2}['a-b']", "2"),
        ("[1, 2, 3, 4][1:3]", "2,3"),
        ("[1, 2, 3][:-1]", "1,2"),
        ("true", "true"),
        ("null", ""),
        ("'%}'", "%}"),
    ]);
}

#[test]
fn filters_do_what_nunjucks_has_them_do() {
    means(&[
        ("parameters.name | lower", "billing api"),
        ("parameters.name | upper", "BILLING API"),
        ("'aBC dEF' | title", "Abc Def"),
        ("'aBC dEF' | capitalize", "Abc def"),
        ("parameters.name | replace(' ', '-') | lower", "billing-api"),
        ("'aaa' | replace('a', 'b', 2)", "bba"),
        ("'ab' | replace('', '-')", "-a-b-"),
        ("'a1b22' | replace(r/[0-9]+/g, '#')", "a#b#"),
        ("'a1b22' | replace(r/([0-9])/, '<$1>')", "a<1>b22"),
        ("'John Doe' | replace(r/(\\w+) (\\w+)/, '$2 $1 $& $$')", "Doe John John Doe $"),
        ("parameters.missing | upper", ""),
        ("parameters.missing | default('d')", "d"),
        ("parameters.none | default('d')", ""),
        ("parameters.none | default('d', true)", "d"),
        ("parameters.empty | d('d', boolean=true)", "d"),
        ("parameters.tags | join(', ')", "rust, grpc, beta"),
        ("parameters.people | join(',', 'name')", "Zoe,adam"),
        ("parameters.tags | first", "rust"),
        ("parameters.tags | last", "beta"),
        ("parameters.tags | length > 2", "true"),
        ("parameters.missing | length", "0"),
        ("parameters.tags | sort", "beta,grpc,rust"),
        ("parameters.tags | sort(reverse=true)", "rust,grpc,beta"),
        ("['b', 'A', 'c'] | sort", "A,b,c"),
        ("['b', 'a', 'C'] | sort(false, true)", "C,a,b"),
        ("parameters.people | sort(attribute='name') | join(',', 'name')", "adam,Zoe"),
        ("parameters.people | sort(true, false, 'age') | join(',', 'name')", "adam,Zoe"),
        ("parameters.people | sum('age')", "71"),
        ("[1, 2] | sum(start=10)", "13"),
        ("parameters.people | selectattr('lead') | join(',', 'name')", "Zoe"),
        ("parameters.people | rejectattr('lead') | join(',', 'name')", "adam"),
        ("[1, 2, 3] | select('odd')", "1,3"),
        ("[1, 2, 3] | reject('divisibleby', 2)", "1,3"),
        ("[0, 1, ''] | select | dump", "[1]"),
        (
            "parameters.people | groupby('lead') | dump",
            r#"{"true":[{"name":"Zoe","age":30,"lead":true}],"false":[{"name":"adam","age":41,"lead":false}]}"#,
        ),
        ("[1, 2, 3] | batch(2, 0) | dump", "[[1,2],[3]]"),
        ("[1, 2, 3] | batch(2, 'x') | dump", r#"[[1,2],[3,"x"]]"#),
        ("[1, 2, 3, 4, 5] | slice(2) | dump", "[[1,2,3],[4,5]]"),
        ("[1, 2, 3] | reverse", "3,2,1"),
        ("'abc' | reverse", "cba"),
        ("'abc' | list | join('.')", "a.b.c"),
        ("{a: 1} | list | dump", r#"[{"key":"a","value":1}]"#),
        ("{b: 1, a: 2} | dictsort | dump", r#"[["a",2],["b",1]]"#),
        ("{b: 1, a: 2} | dictsort(by='value') | dump", r#"[["b",1],["a",2]]"#),
        ("parameters.place | dump", r#"{"city":"Bern","zip":{"codes":[3000,3011]}}"#),
        ("{a: [1], b: {}} | dump(2)", "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}"),
        ("'q\"' | dump", r#""q\"""#),
        ("parameters.missing | dump", ""),
        ("parameters.none | dump", "null"),
        ("'12abc' | int", "12"),
        ("'x' | int(7)", "7"),
        ("'ff' | int(0, 16)", "255"),
        ("'3.9' | int", "3"),
        ("'1.5x' | float + 1", "2.5"),
        ("2.5 | round", "3"),
        ("-2.5 | round", "-2"),
        ("2.567 | round(2)", "2.57"),
        ("2.1 | round(0, 'ceil')", "3"),
        ("parameters.lines | indent(2)", "one\n  two\n  "),
        ("parameters.lines | indent(2, true)", "  one\n  two\n  "),
        ("'hello wide world' | truncate(8)", "hello..."),
        ("'hello wide world' | truncate(8, true, '~')", "hello wi~"),
        ("'ab' | center(5)", " ab  "),
        ("' x ' | trim", "x"),
        ("'a b c' | wordcount", "3"),
        ("parameters.markup | escape", "&lt;b&gt;&quot;it&#39;s&quot; &amp; more&lt;/b&gt;"),
        ("parameters.markup | striptags", "\"it's\" & more"),
        ("parameters.markup | safe", "<b>\"it's\" & more</b>"),
        ("'a\\nb' | nl2br", "a<br />\nb"),
        ("'a b&c/é' | urlencode", "a%20b%26c%2F%C3%A9"),
        ("{a: 1, b: 'c d'} | urlencode", "a=1&b=c%20d"),
        ("5 | string", "5"),
        ("55 | replace('5', '6')", "66"),
        ("parameters.missing | sort | length", "0"),
        ("true is eq(1)", "false"),
    ]);
}

#[test]
fn the_portals_own_filters_know_references_and_repositories() {
    means(&[
        ("parameters.repoUrl | parseRepoUrl | dump", r#"{"host":"github.com","owner":"acme","repo":"billing"}"#),
        ("(parameters.repoUrl | parseRepoUrl).repo", "billing"),
        ("parameters.repoUrl | projectSlug", "acme/billing"),
        ("'gitlab.com?project=12' | parseRepoUrl | dump", r#"{"host":"gitlab.com","project":"12"}"#),
        ("'group:default/core' | parseEntityRef | dump", r#"{"kind":"group","namespace":"default","name":"core"}"#),
        (
            "'core' | parseEntityRef({defaultKind: 'group', defaultNamespace: 'eu'}) | dump",
            r#"{"kind":"group","namespace":"eu","name":"core"}"#,
        ),
        ("user.ref | parseEntityRef | pick('name')", "zoe"),
        ("parameters.place | pick('zip.codes[0]')", "3000"),
        ("{'a.b/c': 1} | pick('a.b/c')", "1"),
    ]);
}

#[test]
fn methods_are_those_that_templates_call() {
    means(&[
        ("parameters.name.toLowerCase().split(' ').join('-')", "billing-api"),
        ("parameters.name.toUpperCase()", "BILLING API"),
        ("'a,b,a'.replace(',', '.')", "a.b,a"),
        ("'a,b,a'.replaceAll(',', '.')", "a.b.a"),
        ("'a1'.replace(r/[0-9]/g, '')", "a"),
        ("'a1b2'.split(r/[0-9]/)", "a,b,"),
        ("'abc'.split('')", "a,b,c"),
        ("'a-b-c'.split('-', 2)", "a,b"),
        ("'hello'.substring(3, 1)", "el"),
        ("'hello'.slice(-3)", "llo"),
        ("'hello'.slice(1, -1)", "ell"),
        ("'hello'.charAt(1)", "e"),
        ("'hello'.startsWith('he') and 'hello'.endsWith('lo')", "true"),
        ("'hello'.includes('ell')", "true"),
        ("'héllo'.indexOf('l')", "2"),
        ("'hello'.lastIndexOf('l')", "3"),
        ("'hello'.indexOf('z')", "-1"),
        ("' x '.trim()", "x"),
        ("'a'.concat('b', 1)", "ab1"),
        ("'7'.padStart(3, '0')", "007"),
        ("'ab'.repeat(2)", "abab"),
        ("parameters.tags.slice(1)", "grpc,beta"),
        ("parameters.tags.indexOf('beta')", "2"),
        ("parameters.tags.includes('go')", "false"),
        ("[1].concat([2, 3], 4)", "1,2,3,4"),
        ("[[1], 2].flat() | length", "2"),
        ("[1, 2].at(-1)", "2"),
        ("[10, 9].sort()", "10,9"),
        ("[1, 2].reverse()", "2,1"),
        ("3.14159.toFixed(2)", "3.14"),
        ("parameters.count.toString()", "3"),
        ("r/^[a-z]+$/.test('abc')", "true"),
        ("parameters.place.keys()", "city,zip"),
        ("parameters.place.get('x', 'y')", "y"),
    ]);
}

#[test]
fn tests_tell_what_a_value_is() {
    for holds in [
        "parameters.name is defined",
        "parameters.missing is undefined",
        "parameters.missing is not defined",
        "parameters.none is null",
        "parameters.none is none",
        "parameters.name is string",
        "parameters.count is number",
        "parameters.count is odd",
        "4 is even",
        "9 is divisibleby(3)",
        "parameters.tags is iterable",
        "parameters.place is mapping",
        "parameters.tags is not mapping",
        "'A' is upper",
        "'a' is lower",
        "1 is truthy",
        "'' is falsy",
        "1 is eq(1)",
        "1 is ne(2)",
        "2 is gt(1)",
        "1 is lt(2)",
        "1 is sameas(1)",
    ] {
        assert_eq!(value(json!(format!("${{{{ {holds} }}}}"))), Ok(Some(json!(true))), "{holds}");
    }
}

#[test]
fn tags_choose_repeat_and_keep() {
    holds(&[
        ("{% if parameters.on %}a{% else %}b{% endif %}", "a"),
        ("{% if parameters.off %}a{% elif parameters.count == 3 %}b{% else %}c{% endif %}", "b"),
        ("{% if parameters.empty %}y{% else %}n{% endif %}{% if [] %}y{% endif %}{% if {} %}y{% endif %}", "nyy"),
        (
            "{% for tag in parameters.tags %}${{ loop.index }}${{ tag }}{% if not loop.last %},{% endif %}{% endfor %}",
            "1rust,2grpc,3beta",
        ),
        ("{% for key, value in parameters.place %}${{ key }};{% endfor %}", "city;zip;"),
        ("{% for a, b in [[1, 2], [3]] %}${{ a }}-${{ b }};{% endfor %}", "1-2;3-;"),
        ("{% for x in parameters.missing %}a{% else %}none{% endfor %}", "none"),
        ("{% for c in 'ab' %}${{ c }}.{% endfor %}", "a.b."),
        ("{% for i in range(2, 8, 3) %}${{ i }},{% endfor %}", "2,5,"),
        (
            "{% for x in [1, 2] %}{% for y in [1, 2] %}${{ x * y }}:${{ loop.index0 }} {% endfor %}{% endfor %}",
            "1:0 2:1 2:0 4:1 ",
        ),
        ("{% set x = 'v' %}${{ x }}", "v"),
        ("{% set x, y = 4 %}${{ x + y }}", "8"),
        ("{% set x %}a${{ parameters.count }}{% endset %}${{ x | upper }}", "A3"),
        ("{% if true %}{% set x = 5 %}{% endif %}${{ x }}", "5"),
        ("{% set sum = 1 %}{% for i in [3, 4] %}{% set sum = sum + i %}{% endfor %}${{ sum }}", "8"),
        ("{% for i in [3, 4] %}{% set inner = i %}{% endfor %}${{ inner }}", ""),
        (
            "{% set list = '' %}{% for i in [1, 2] %}{% set list %}${{ list }}<${{ i }}>{% endset %}{% endfor %}${{ list }}",
            "<1><2>",
        ),
        ("{% for i in [1, 2] %}${{ p }}{% set p = i %}{% endfor %}${{ p }}", "1"),
        ("{% for i in [1, 2] %}{% for j in [i] %}{% set q = j %}{% endfor %}${{ q }}{% endfor %}", ""),
        ("{% for i in [1] %}{% for j in [1, 2] %}{% set q = j %}{% endfor %}<${{ q }}>{% endfor %}", "<>"),
        ("{% for i in [1, 2] %}{% set i = 5 %}${{ i }}{% endfor %}", "55"),
        ("{% macro m(x, y='d') %}[${{ x }}${{ y }}]{% endmacro %}${{ m(1) }}${{ m(1, y='k') }}", "[1d][1k]"),
        ("{% macro m(x) %}<${{ caller() }}${{ x }}>{% endmacro %}{% call m(1) %}in{% endcall %}", "<in1>"),
        ("{% filter upper %}a${{ parameters.count }}b{% endfilter %}", "A3B"),
        ("{% filter replace('a', 'b') %}aa{% endfilter %}", "bb"),
        ("{% switch parameters.count %}{% case 2 %}two{% case 3 %}three{% default %}other{% endswitch %}", "three"),
        ("{% switch 1 %} {% case 1 %}{% case 2 %}few{% default %}many{% endswitch %}", "few"),
        ("{% switch 9 %}{% case 1 %}{% default %}many{% endswitch %}", "many"),
        ("{% switch 9 %}{% case 1 %}one{% endswitch %}.", "."),
        ("{% block title %}in place{% endblock title %}", "in place"),
        ("{% raw %}${{ a }} {% if %} {# #}{% endraw %}", "${{ a }} {% if %} {# #}"),
        ("{% verbatim %}${{ a }}{% endverbatim %}", "${{ a }}"),
        ("a{# left out ${{ #}b", "ab"),
        ("{{ not.ours }} $ { % }}", "{{ not.ours }} $ { % }}"),
        ("$${{ parameters.count }}", "$3"),
        ("a \u{2}{ 1 }\u{2} ${{ '\u{2}' }} b", "a \u{2}{ 1 }\u{2} \u{2} b"),
        ("é${{ 1 }}", "é1"),
    ]);
}

#[test]
fn white_space_goes_where_a_tag_says_so() {
    holds(&[
        ("a\n{%- if true %}\nb\n{%- endif %}\nc", "a\nb\nc"),
        ("{%- for x in [1, 2] -%} ${{ x }} {%- endfor -%} ", "12"),
        ("a ${{- 1 -}} b", "a1b"),
        ("a {#- c -#} b", "ab"),
        ("a {# c #}${{- 1 }}", "a 1"),
        ("{% raw -%} x {% endraw %} b", " x b"),
        ("{% raw %} x {%- endraw -%} b", " xb"),
        ("a\n", "a\n"),
        ("{% if true %}\na\n{% endif %}\n", "\na\n\n"),
    ]);
    let trimmed = [
        ("{% if true %}\n  a\n{% endif %}\nb", "  a\nb"),
        ("  {% if true %}\r\na\n  {% endif %}\nb", "a\nb"),
        ("a {% if true %}\nb{% endif %}", "a b"),
        ("${{ 1 }}\nb", "1\nb"),
        ("  {# c #}\nb", "  \nb"),
        ("  {% raw %}\nx\n  {% endraw %}\ny", "x\n  \ny"),
    ];
    for (text, wanted) in trimmed {
        let whitespace = Whitespace { trim_blocks: true, lstrip_blocks: true };
        let template = TextTemplate::parse(text, Dialect::Backstage, whitespace);
        assert_eq!(template.and_then(|template| template.render(&context())), Ok(wanted.to_owned()), "{text:?}");
    }
}

#[test]
fn cookiecutters_files_have_other_delimiters_and_words() {
    let context = context().with("cookiecutter", &json!({"name": "x", "items": {"a": 1}})).expect("flat");
    for (text, wanted) in [
        ("{{ cookiecutter.name }}", "x"),
        ("${{ cookiecutter.name }}", "$x"),
        ("{{ True }}{{ None }}", "true"),
        ("{% for k, v in cookiecutter.items.items() %}{{ k }}={{ v }}{% endfor %}", "a=1"),
        ("{{ [1, 1].count(1) }}", "2"),
        ("{{cookiecutter.name}}/{{ '{{' }}", "x/{{"),
    ] {
        let template = TextTemplate::parse(text, Dialect::Cookiecutter, Whitespace::default());
        assert_eq!(template.and_then(|template| template.render(&context)), Ok(wanted.to_owned()), "{text:?}");
    }
    assert_eq!(rendered("${{ True }}"), Ok(String::new()), "without it, `True` is a name like any other");
}
