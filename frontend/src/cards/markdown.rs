//! Markdown as elements.
//!
//! Rule: elements are built of what the parser says, never of the text itself, so nothing in it can become markup of its own. Raw HTML
//! is shown as it was written, comments are left out, images are told by their words, and addresses are links only if they open a page.

use leptos::prelude::*;
use pulldown_cmark::{Alignment, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::address::way;
use super::lines;
use crate::components::{code, icon_of};
use crate::markup::{El, div, el, span};

/// What is nested deeper stands where it would be nested: no reader follows that far, and a page is built by recursion.
const DEEPEST: usize = 16;

/// Titles in a card's text stand below the card's own, and below the titles of its parts.
const TITLES: [&str; 6] = ["h4", "h4", "h5", "h5", "h6", "h6"];

/// A text with paragraphs, lists, tables and code.
pub(super) fn blocks(text: &str) -> El {
    Writer::new(div("prose"), false).write(text)
}

/// A text within a line: marks of paragraphs and lists are left out, what is in them is not.
pub(super) fn inline(text: &str) -> El {
    Writer::new(span("prose-line"), true).write(text)
}

/// What was opened and not closed yet.
enum Frame {
    /// An element.
    Element(El),
    /// Something without an element of its own: what is in it goes to whatever is around it.
    Nothing,
    /// Code, or raw HTML, whose text is collected.
    Text(String),
}

struct Writer {
    root: El,
    frames: Vec<Frame>,
    /// Text that no element has taken yet, so that neighbouring pieces become one.
    text: String,
    is_inline: bool,
    /// Whether anything was said yet.
    is_begun: bool,
    /// Of the columns of the table that is being written, and the column that comes next.
    columns: Vec<Alignment>,
    column: usize,
    is_head: bool,
    links: usize,
}

impl Writer {
    fn new(root: El, is_inline: bool) -> Writer {
        let (frames, text, columns) = (Vec::new(), String::new(), Vec::new());
        Writer { root, frames, text, is_inline, is_begun: false, columns, column: 0, is_head: false, links: 0 }
    }

    fn write(mut self, text: &str) -> El {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        for event in Parser::new_ext(text, options) {
            match event {
                Event::Start(tag) => self.start(tag),
                Event::End(tag) => self.end(tag),
                Event::Text(text) | Event::Html(text) => self.text(&text),
                // A comment is for whoever reads the source.
                Event::InlineHtml(html) if html.starts_with("<!--") => {}
                Event::InlineHtml(html) => self.text(&html),
                Event::Code(text) => self.put(el("code").child(&*text).view()),
                Event::SoftBreak => self.text(" "),
                Event::HardBreak if self.is_inline => self.text(" "),
                Event::HardBreak => self.put(leptos::html::br().into_any()),
                Event::Rule => self.put(el("hr").view()),
                Event::TaskListMarker(is_done) => self.put(task(is_done)),
                // Not asked for above.
                Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
            }
        }
        self.flush();
        self.root
    }

    fn start(&mut self, tag: Tag<'_>) {
        // Spaces keep apart in a line what stood in lines of its own.
        if self.is_inline && is_block(&tag) {
            if self.is_begun && !self.text.ends_with(' ') {
                self.text(" ");
            }
            return self.open(Frame::Nothing);
        }
        let frame = match tag {
            Tag::Paragraph => Frame::Element(el("p")),
            Tag::Heading { level, .. } => Frame::Element(el(TITLES[level as usize - 1])),
            Tag::CodeBlock(_) | Tag::HtmlBlock => Frame::Text(String::new()),
            Tag::BlockQuote(_) => self.nested(el("blockquote")),
            Tag::List(Some(first)) => self.nested(el("ol").attr_some("start", (first != 1).then(|| first.to_string()))),
            Tag::List(None) => self.nested(el("ul")),
            // An item stands in a list or not at all: browsers would move it elsewhere.
            Tag::Item if matches!(self.frames.last(), Some(Frame::Element(_))) => Frame::Element(el("li")),
            Tag::Table(columns) => {
                self.columns = columns;
                self.open(Frame::Element(div("table-wrap")));
                Frame::Element(el("table").class("table"))
            }
            Tag::TableHead => {
                (self.is_head, self.column) = (true, 0);
                self.open(Frame::Element(el("thead")));
                Frame::Element(el("tr"))
            }
            Tag::TableRow => {
                self.column = 0;
                Frame::Element(el("tr"))
            }
            Tag::TableCell => Frame::Element(self.cell()),
            Tag::Emphasis => self.nested(el("em")),
            Tag::Strong => self.nested(el("b")),
            Tag::Strikethrough => self.nested(el("s")),
            Tag::Link { link_type, dest_url, .. } => self.link(link_type, &dest_url),
            _ => Frame::Nothing,
        };
        self.open(frame);
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link => self.links -= 1,
            // What follows a table's head is its body.
            TagEnd::TableHead if !self.is_inline => {
                self.is_head = false;
                self.close();
                self.close();
                return self.open(Frame::Element(el("tbody")));
            }
            TagEnd::Table if !self.is_inline => {
                self.close();
                self.close();
            }
            _ => {}
        }
        self.close();
    }

    /// An element, if there is room for one more inside each other.
    fn nested(&self, element: El) -> Frame {
        if self.frames.len() < DEEPEST { Frame::Element(element) } else { Frame::Nothing }
    }

    fn cell(&mut self) -> El {
        let alignment = self.columns.get(self.column).copied();
        self.column += 1;
        let class = if alignment == Some(Alignment::Right) { "num" } else { "wrap" };
        if self.is_head { el("th").attr("scope", "col").class(class) } else { el("td").class(class) }
    }

    /// A link; within another one only its words, because browsers know no link in a link.
    fn link(&mut self, kind: LinkType, url: &str) -> Frame {
        self.links += 1;
        if self.links > 1 {
            return Frame::Nothing;
        }
        let url = if kind == LinkType::Email { format!("mailto:{url}") } else { url.to_owned() };
        Frame::Element(way("link", &url))
    }

    fn open(&mut self, frame: Frame) {
        if !matches!(frame, Frame::Nothing) {
            self.flush();
        }
        self.frames.push(frame);
    }

    fn close(&mut self) {
        if let Some(Frame::Element(_)) = self.frames.last() {
            self.flush();
        }
        match self.frames.pop() {
            Some(Frame::Element(element)) => self.put(element.view()),
            Some(Frame::Text(text)) if text.trim_start().starts_with("<!--") => {}
            Some(Frame::Text(text)) => self.put(code(lines(&text)).view()),
            Some(Frame::Nothing) | None => {}
        }
    }

    fn text(&mut self, text: &str) {
        self.is_begun = true;
        match self.frames.last_mut() {
            Some(Frame::Text(collected)) => collected.push_str(text),
            _ => self.text.push_str(text),
        }
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.put(text.into_any());
        }
    }

    /// Puts something at the end of the innermost element.
    fn put(&mut self, view: AnyView) {
        self.flush();
        self.is_begun = true;
        let around = self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Element(element) => Some(element),
            Frame::Nothing | Frame::Text(_) => None,
        });
        around.unwrap_or(&mut self.root).push(view);
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. })
}

fn task(is_done: bool) -> AnyView {
    let (glyph, word) = if is_done { ("s-ok", "done: ") } else { ("s-plain", "to do: ") };
    span("task").child(icon_of(glyph, "14")).child(span("visually-hidden").child(word)).view()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn html(element: El) -> String {
        // Marks between neighbours are for whoever takes over the page.
        element.view().to_html().replace("<!>", "")
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
            (
                "<core@acme.example>",
                r#"<p><a class="link" href="mailto:core@acme.example" rel="external noopener">core@acme.example</a></p>"#,
            ),
        ] {
            assert_eq!(html(blocks(text)), format!(r#"<div class="prose">{expected}</div>"#), "{text}");
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
            let html = html(blocks(text));
            for sly in ["<script", "<img", "<iframe", "<a ", "src="] {
                assert!(!html.contains(sly) || (sly == "src=" && html.contains("&lt;img src=")), "{text}: {html}");
            }
        }
    }

    #[test]
    fn raw_html_is_text_and_comments_are_left_out() {
        for (text, expected) in [
            ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>"),
            ("a <!-- c --> d", "<p>a  d</p>"),
            ("<!-- a\nb -->\n\nc", "<p>c</p>"),
        ] {
            assert_eq!(html(blocks(text)), format!(r#"<div class="prose">{expected}</div>"#), "{text}");
        }
    }

    #[test]
    fn an_image_is_told_by_its_words_even_in_a_link() {
        assert_eq!(
            html(blocks("[![build](https://x.example/b.svg)](https://x.example)")),
            r#"<div class="prose"><p><a class="link" href="https://x.example" rel="external noopener">build</a></p></div>"#
        );
    }

    #[test]
    fn within_a_line_there_are_no_blocks() {
        for (text, expected) in [
            ("a **b** [c](/d)", r#"a <b>b</b> <a class="link" href="/d">c</a>"#),
            ("# a\n\n- b\n- c", "a b c"),
            ("```\na\n```", "a\n"),
            ("|a|\n|-|\n|b|", "a b"),
        ] {
            assert_eq!(html(inline(text)), format!(r#"<span class="prose-line">{expected}</span>"#), "{text}");
        }
    }

    #[test]
    fn what_is_nested_without_end_is_written_all_the_same() {
        for text in
            ["> ".repeat(20_000) + "a", "- ".repeat(5_000) + "a", "*_".repeat(5_000) + "a" + &"_*".repeat(5_000)]
        {
            let html = html(blocks(&text));
            let tags = html.split('<').skip(1).map(|tag| if tag.starts_with('/') { -1 } else { 1 });
            let depths = tags.scan(0_i32, |depth, step| {
                *depth += step;
                Some(*depth)
            });
            // Around them are the text itself and its paragraph.
            assert!(depths.max() <= i32::try_from(DEEPEST).ok().map(|deepest| deepest + 2), "{}", &html[..1000]);
            assert!(html.contains('a'));
        }
    }
}
