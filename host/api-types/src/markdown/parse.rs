//! From text to pieces.
//!
//! Raw HTML becomes text, as it was written; comments are left out, and images are told by their words.

use pulldown_cmark::{Alignment, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{Element, Mark, Markdown, Node};

/// What is nested deeper stands where it would be nested: no reader follows that far, and pages are built by recursion.
const DEEPEST: usize = 16;

pub(super) fn parse(text: &str, is_inline: bool) -> Markdown {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut tree = Tree { is_inline, ..Tree::default() };
    for event in Parser::new_ext(text, options) {
        tree.take(event);
    }
    Markdown(tree.root)
}

/// What was opened and not closed yet.
enum Frame {
    /// An element.
    Element(Element),
    /// Something without an element of its own: what is in it goes to whatever is around it.
    Nothing,
    /// Raw HTML, whose lines are collected.
    Html(String),
}

#[derive(Default)]
struct Tree {
    root: Vec<Node>,
    frames: Vec<Frame>,
    is_inline: bool,
    /// Of the columns of the table that is being read, and the column that comes next.
    columns: Vec<Alignment>,
    column: usize,
    links: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) => self.text(&text),
            // A comment is for whoever reads the source.
            Event::InlineHtml(html) if html.starts_with("<!--") => {}
            Event::InlineHtml(html) => self.text(&html),
            Event::Code(text) => {
                self.put(Node::Element(Element {
                    children: vec![Node::Text(text.into_string())],
                    ..element(Mark::Code)
                }));
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak if self.is_inline => self.text(" "),
            Event::HardBreak => self.put(Node::Element(element(Mark::Break))),
            Event::Rule if self.is_inline => self.text(" "),
            Event::Rule => self.put(Node::Element(element(Mark::Rule))),
            Event::TaskListMarker(is_done) => {
                self.put(Node::Element(element(if is_done { Mark::Done } else { Mark::ToDo })));
            }
            // Not asked for.
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        if self.is_inline && is_block(&tag) {
            // Spaces keep apart in a line what stood in lines of its own.
            let ends_with_space = matches!(self.children().last(), Some(Node::Text(text)) if text.ends_with(' '));
            if !self.children().is_empty() && !ends_with_space {
                self.text(" ");
            }
            return self.frames.push(Frame::Nothing);
        }
        let frame = match tag {
            Tag::Paragraph => Frame::Element(element(Mark::Paragraph)),
            Tag::Heading { level, .. } => {
                Frame::Element(Element { number: Some(level as u64), ..element(Mark::Heading) })
            }
            Tag::CodeBlock(_) => Frame::Element(element(Mark::CodeBlock)),
            Tag::HtmlBlock => Frame::Html(String::new()),
            Tag::BlockQuote(_) => self.nested(element(Mark::Quote)),
            Tag::List(None) => self.nested(element(Mark::List)),
            Tag::List(first) => self.nested(Element { number: first, ..element(Mark::NumberedList) }),
            // An item stands in a list or not at all: browsers would move it elsewhere.
            Tag::Item if matches!(self.frames.last(), Some(Frame::Element(_))) => Frame::Element(element(Mark::Item)),
            Tag::Table(columns) => {
                self.columns = columns;
                Frame::Element(element(Mark::Table))
            }
            Tag::TableHead => {
                self.column = 0;
                self.frames.push(Frame::Element(element(Mark::TableHead)));
                Frame::Element(element(Mark::Row))
            }
            Tag::TableRow => {
                self.column = 0;
                Frame::Element(element(Mark::Row))
            }
            Tag::TableCell => {
                let is_number = self.columns.get(self.column) == Some(&Alignment::Right);
                self.column += 1;
                Frame::Element(element(if is_number { Mark::NumberCell } else { Mark::Cell }))
            }
            Tag::Emphasis => self.nested(element(Mark::Emphasis)),
            Tag::Strong => self.nested(element(Mark::Strong)),
            Tag::Strikethrough => self.nested(element(Mark::Deleted)),
            Tag::Link { link_type, dest_url, .. } => self.link(link_type, &dest_url),
            _ => Frame::Nothing,
        };
        self.frames.push(frame);
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link => self.links -= 1,
            // What follows a table's head is its body.
            TagEnd::TableHead if !self.is_inline => {
                self.close();
                self.close();
                return self.frames.push(Frame::Element(element(Mark::TableBody)));
            }
            TagEnd::Table if !self.is_inline => self.close(),
            _ => {}
        }
        self.close();
    }

    /// An element, if there is room for one more inside each other.
    fn nested(&self, element: Element) -> Frame {
        if self.frames.len() < DEEPEST { Frame::Element(element) } else { Frame::Nothing }
    }

    /// A link; within another one only its words, because browsers know no link in a link.
    fn link(&mut self, kind: LinkType, url: &str) -> Frame {
        self.links += 1;
        if self.links > 1 {
            return Frame::Nothing;
        }
        let url = if kind == LinkType::Email { format!("mailto:{url}") } else { url.to_owned() };
        Frame::Element(Element { url: Some(url), ..element(Mark::Link) })
    }

    fn close(&mut self) {
        match self.frames.pop() {
            Some(Frame::Element(element)) => self.put(Node::Element(element)),
            Some(Frame::Html(html)) if html.trim_start().starts_with("<!--") => {}
            Some(Frame::Html(html)) => {
                self.put(Node::Element(Element { children: vec![Node::Text(html)], ..element(Mark::CodeBlock) }));
            }
            Some(Frame::Nothing) | None => {}
        }
    }

    /// Neighbouring texts are one.
    fn text(&mut self, text: &str) {
        if let Some(Frame::Html(html)) = self.frames.last_mut() {
            return html.push_str(text);
        }
        match self.children().last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => self.put(Node::Text(text.to_owned())),
        }
    }

    fn put(&mut self, node: Node) {
        self.children().push(node);
    }

    /// What is in the innermost element.
    fn children(&mut self) -> &mut Vec<Node> {
        let innermost = self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Element(element) => Some(&mut element.children),
            Frame::Nothing | Frame::Html(_) => None,
        });
        innermost.unwrap_or(&mut self.root)
    }
}

fn element(mark: Mark) -> Element {
    Element { mark, children: Vec::new(), url: None, number: None }
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sent(text: &str, is_inline: bool) -> Value {
        serde_json::to_value(parse(text, is_inline)).unwrap()
    }

    #[test]
    fn marks_become_elements() {
        for (text, expected) in [
            (
                "A *b* **c** ~~d~~ `e`",
                json!([{"mark": "paragraph", "children": [
                    "A ", {"mark": "emphasis", "children": ["b"]}, " ", {"mark": "strong", "children": ["c"]}, " ",
                    {"mark": "deleted", "children": ["d"]}, " ", {"mark": "code", "children": ["e"]},
                ]}]),
            ),
            ("## A", json!([{"mark": "heading", "number": 2, "children": ["A"]}])),
            ("3. a", json!([{"mark": "numberedList", "number": 3, "children": [{"mark": "item", "children": ["a"]}]}])),
            ("- [x] a", json!([{"mark": "list", "children": [{"mark": "item", "children": [{"mark": "done"}, "a"]}]}])),
            (
                "> a\nb  \nc",
                json!([{"mark": "quote", "children": [{"mark": "paragraph", "children": ["a b", {"mark": "break"}, "c"]}]}]),
            ),
            (
                "|a|b|\n|-|-:|\n|c|1|",
                json!([{"mark": "table", "children": [
                    {"mark": "tableHead", "children": [{"mark": "row", "children": [
                        {"mark": "cell", "children": ["a"]}, {"mark": "numberCell", "children": ["b"]}]}]},
                    {"mark": "tableBody", "children": [{"mark": "row", "children": [
                        {"mark": "cell", "children": ["c"]}, {"mark": "numberCell", "children": ["1"]}]}]},
                ]}]),
            ),
            (
                "<a@b.example>",
                json!([{"mark": "paragraph", "children": [{"mark": "link", "url": "mailto:a@b.example", "children": ["a@b.example"]}]}]),
            ),
            ("a <b>c</b>", json!([{"mark": "paragraph", "children": ["a <b>c</b>"]}])),
            ("a <!-- c --> d", json!([{"mark": "paragraph", "children": ["a  d"]}])),
            ("<!-- a\nb -->\n\nc", json!([{"mark": "paragraph", "children": ["c"]}])),
            ("<p>\na\n</p>", json!([{"mark": "codeBlock", "children": ["<p>\na\n</p>"]}])),
            (
                "[![build](https://x.example/b.svg)](/d)",
                json!([{"mark": "paragraph", "children": [{"mark": "link", "url": "/d", "children": ["build"]}]}]),
            ),
            ("", json!([])),
        ] {
            assert_eq!(sent(text, false), expected, "{text}");
        }
    }

    #[test]
    fn within_a_line_there_are_no_blocks() {
        for (text, expected) in [
            ("a **b**", json!(["a ", {"mark": "strong", "children": ["b"]}])),
            ("# a\n\n- b\n- c", json!(["a b c"])),
            ("|a|\n|-|\n|b|", json!(["a b"])),
            (
                "*a*\n\n*b*",
                json!([{"mark": "emphasis", "children": ["a"]}, " ", {"mark": "emphasis", "children": ["b"]}]),
            ),
        ] {
            assert_eq!(sent(text, true), expected, "{text}");
        }
    }

    #[test]
    fn what_is_nested_without_end_ends() {
        fn depth(nodes: &[Node]) -> usize {
            let deeper = nodes.iter().map(|node| match node {
                Node::Text(_) => 0,
                Node::Element(element) => 1 + depth(&element.children),
            });
            deeper.max().unwrap_or(0)
        }
        for text in ["> ".repeat(20_000) + "a", "- ".repeat(5_000) + "a", "*a **b ".repeat(5_000)] {
            assert!(depth(&parse(&text, false).0) <= DEEPEST + 2);
        }
    }

    #[test]
    fn what_was_sent_is_read_back() {
        let parsed = parse("# A\n\n- [ ] b [c](/d)\n\n---", false);
        let read: Markdown = serde_json::from_value(serde_json::to_value(&parsed).unwrap()).unwrap();
        assert_eq!(read, parsed);
    }
}
