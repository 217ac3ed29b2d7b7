//! Markdown as elements.
//!
//! Rule: elements are built of what the server's parser says, never of the text itself, so nothing in it can become
//! markup of its own; and addresses are links only if they open a page.

use leptos::prelude::*;
use portico_api_types::{Element, Mark, Markdown, Node};

use super::address::way;
use super::lines;
use crate::components::{code, icon_of};
use crate::markup::{El, div, el, span};

/// Titles in a card's text stand below the card's own, and below the titles of its parts.
const TITLES: [&str; 6] = ["h4", "h4", "h5", "h5", "h6", "h6"];

/// A text with paragraphs, lists, tables and code.
pub(crate) fn blocks(text: &Markdown) -> El {
    div("prose").child(nodes(&text.0, false))
}

/// A text within a line.
pub(super) fn inline(text: &Markdown) -> El {
    span("prose-line").child(nodes(&text.0, false))
}

fn nodes(all: &[Node], is_head: bool) -> Vec<AnyView> {
    let drawn = |node: &Node| match node {
        Node::Text(text) => text.clone().into_any(),
        Node::Element(element) => self::element(element, is_head),
    };
    all.iter().map(drawn).collect()
}

/// `is_head`: whether it is in the head of a table, whose cells name their columns.
fn element(element: &Element, is_head: bool) -> AnyView {
    let around = match element.mark {
        Mark::Paragraph => el("p"),
        Mark::Heading => {
            el(element.number.and_then(|level| TITLES.get((level as usize).checked_sub(1)?)).unwrap_or(&"h6"))
        }
        Mark::Quote => el("blockquote"),
        Mark::List => el("ul"),
        Mark::NumberedList => {
            let first = element.number.filter(|first| *first != 1);
            el("ol").attr_some("start", first.map(|first| first.to_string()))
        }
        Mark::Item => el("li"),
        Mark::ToDo => return task("s-plain", "to do: "),
        Mark::Done => return task("s-ok", "done: "),
        Mark::Table => {
            let table = el("table").class("table").child(nodes(&element.children, false));
            return div("table-wrap").child(table).view();
        }
        Mark::TableHead => return el("thead").child(nodes(&element.children, true)).view(),
        Mark::TableBody => el("tbody"),
        Mark::Row => el("tr"),
        Mark::Cell | Mark::NumberCell => {
            let cell = if is_head { el("th").attr("scope", "col") } else { el("td") };
            cell.class(if element.mark == Mark::NumberCell { "num" } else { "wrap" })
        }
        Mark::CodeBlock => return code(lines(&words(&element.children))).view(),
        Mark::Code => el("code"),
        Mark::Emphasis => el("em"),
        Mark::Strong => el("b"),
        Mark::Deleted => el("s"),
        Mark::Link => way("link", element.url.as_deref().unwrap_or_default()),
        // Written with an end, as other elements are, it would be two.
        Mark::Break => return leptos::html::br().into_any(),
        Mark::Rule => el("hr"),
    };
    around.child(nodes(&element.children, is_head)).view()
}

/// What stands in an element, without its marks.
pub(super) fn words(nodes: &[Node]) -> String {
    let said = |node: &Node| match node {
        Node::Text(text) => text.clone(),
        Node::Element(element) => words(&element.children),
    };
    nodes.iter().map(said).collect()
}

fn task(glyph: &'static str, word: &'static str) -> AnyView {
    span("task").child(icon_of(glyph, "14")).child(span("visually-hidden").child(word)).view()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        // Marks between neighbours are for whoever takes over the page.
        blocks(&Markdown::blocks(text)).view().to_html().replace("<!>", "")
    }

    #[test]
    fn marks_become_elements() {
        for (text, expected) in [
            ("A *b* **c** ~~d~~ `e`", "<p>A <em>b</em> <b>c</b> <s>d</s> <code>e</code></p>"),
            ("# A\n\nb", "<h4>A</h4><p>b</p>"),
            ("3. a\n4. b", r#"<ol start="3"><li>a</li><li>b</li></ol>"#),
            ("> a\nb", "<blockquote><p>a b</p></blockquote>"),
            ("a  \nb", "<p>a<br>b</p>"),
            (
                "|a|b|\n|-|-:|\n|c|1|",
                r#"<div class="table-wrap"><table class="table"><thead><tr><th scope="col" class="wrap">a</th><th scope="col" class="num">b</th></tr></thead><tbody><tr><td class="wrap">c</td><td class="num">1</td></tr></tbody></table></div>"#,
            ),
            ("[a](/runs/1)", r#"<p><a class="link" href="/runs/1">a</a></p>"#),
        ] {
            assert_eq!(html(text), format!(r#"<div class="prose">{expected}</div>"#), "{text}");
        }
    }

    #[test]
    fn nothing_that_could_act_comes_through() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[a](javascript:alert(1))",
            "[a](<java\tscript:alert(1)>)",
            "[a](//evil.example/x)",
            "![a](https://evil.example/pixel.gif)",
            "<javascript:alert(1)>",
            "[a]: data:text/html,x\n\n[a]",
            "|<script>|\n|-|\n|<iframe>|",
        ] {
            let html = html(text);
            for sly in ["<script", "<img", "<iframe", "<a "] {
                assert!(!html.contains(sly), "{text}: {html}");
            }
        }
    }

    #[test]
    fn within_a_line_there_are_no_blocks() {
        let html = inline(&Markdown::inline("# a\n\n[c](/d)")).view().to_html().replace("<!>", "");
        assert_eq!(html, r#"<span class="prose-line">a <a class="link" href="/d">c</a></span>"#);
    }
}
