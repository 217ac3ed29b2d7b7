//! Elements of one type, whatever is in them.
//!
//! Leptos gives every piece of markup a type of its own, which the compiler turns into code of its own: right for a few
//! dozen pieces, dear for hundreds. Pages are therefore built from [`El`], and `view!` is kept for small pieces that
//! listen to the reader. Measured when it was introduced, that took the client from 544 to 347 kB with brotli, and its
//! compilation from four minutes to less than one.

use std::rc::Rc;
use std::sync::Arc;

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::html::custom;
use leptos::prelude::*;
use leptos::svg;
use leptos::tachys::html::event::EventDescriptor;
use leptos::tachys::html::property::prop;
use leptos::tachys::view::iterators::StaticVec;

use wasm_bindgen::JsValue;

use crate::components::Tone;

/// An element that is being put together.
pub(crate) struct El {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// Begins an element.
pub(crate) fn el(tag: &'static str) -> El {
    El { tag, attributes: Vec::new(), children: Vec::new() }
}

/// A field of several lines and what stands in it. Browsers pass over the first end of a line.
pub(crate) fn textarea(text: &str) -> El {
    let text = text.trim_start_matches(['\r', '\n']);
    el("textarea").child((!text.is_empty()).then_some(text))
}

/// A drawing, with what it shows for those who do not see it; none where the words beside it say the same.
pub(crate) fn drawing(class: &'static str, view_box: &'static str, shows: Option<(String, String)>) -> El {
    let svg = el("svg").class(class).attr("viewBox", view_box);
    match shows {
        Some((title, description)) => {
            svg.attr("role", "img").child(el("title").child(title)).child(el("desc").child(description))
        }
        None => svg.attr("aria-hidden", "true"),
    }
}

/// A shape in a drawing, by its path.
pub(crate) fn shape(class: &'static str, path: impl Into<String>) -> El {
    el("path").class(class).attr("d", path)
}

/// An element with a class, of which there are most.
pub(crate) fn div(class: &'static str) -> El {
    el("div").class(class)
}

/// A span with a class.
pub(crate) fn span(class: &'static str) -> El {
    el("span").class(class)
}

/// A link with a class.
pub(crate) fn link(class: &'static str, href: impl Into<String>) -> El {
    el("a").class(class).attr("href", href)
}

/// A link that leaves the portal.
pub(crate) fn way_out(class: &'static str, href: impl Into<String>) -> El {
    link(class, href).attr("rel", "external noopener")
}

impl El {
    /// Its classes; none for an empty text.
    pub(crate) fn class(self, class: &'static str) -> El {
        if class.is_empty() { self } else { self.attr("class", class) }
    }

    /// An attribute with a value.
    pub(crate) fn attr(mut self, name: &'static str, value: impl Into<String>) -> El {
        self.attributes.push(custom_attribute(name, value.into()).into_any_attr());
        self
    }

    /// An attribute, if there is a value.
    pub(crate) fn attr_some(self, name: &'static str, value: Option<impl Into<String>>) -> El {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// An attribute that is there or not.
    pub(crate) fn flag(self, name: &'static str, is_there: bool) -> El {
        if is_there { self.attr(name, "") } else { self }
    }

    /// The tone that gives it its colours.
    pub(crate) fn tone(self, tone: Option<Tone>) -> El {
        self.attr_some("data-tone", tone.map(Tone::name))
    }

    /// What shows on hovering.
    pub(crate) fn title(self, title: impl Into<String>) -> El {
        self.attr("title", title)
    }

    /// Puts something at the end of its content.
    pub(crate) fn child(mut self, child: impl Child) -> El {
        child.put_into(&mut self.children);
        self
    }

    /// An attribute that changes by itself.
    pub(crate) fn attr_with(
        mut self,
        name: &'static str,
        value: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> El {
        self.attributes.push(changing_attribute(name, Arc::new(value)));
        self
    }

    /// Puts something that changes by itself at the end of its content.
    pub(crate) fn child_with(mut self, child: impl Fn() -> AnyView + Send + Sync + 'static) -> El {
        self.children.push(changing(child));
        self
    }

    /// Puts a text that changes by itself at the end of its content.
    pub(crate) fn text_with(mut self, text: impl Fn() -> String + Send + Sync + 'static) -> El {
        self.children.push(changing_text(Arc::new(text)));
        self
    }

    /// What the browser holds of it, such as what is typed into a field, which changes by itself.
    pub(crate) fn property_with(
        mut self,
        name: &'static str,
        value: impl Fn() -> JsValue + Send + Sync + 'static,
    ) -> El {
        self.attributes.push(changing_property(name, Arc::new(value)));
        self
    }

    /// Does something when an event happens to it.
    pub(crate) fn on<E>(mut self, event: E, handle: impl Fn(E::EventType) + 'static) -> El
    where
        E: EventDescriptor + Send + 'static,
        E::EventType: From<JsValue> + 'static,
    {
        self.attributes.push(listening(event, Rc::new(handle)));
        self
    }

    /// The element as a view.
    pub(crate) fn view(self) -> AnyView {
        let (attributes, mut children) = (self.attributes, self.children);
        // Browsers make parts of drawings otherwise than elements of HTML, so these have types of their own; as few as
        // will do, because each is code of its own. All that stands in a field is text, so there is no mark that ends
        // it.
        match self.tag {
            "path" => return svg::path().add_any_attr(attributes).into_any(),
            "textarea" => {
                if let Some(text) = children.pop() {
                    return custom("textarea").add_any_attr(attributes).child(text).into_any();
                }
            }
            _ => {}
        }
        // An empty element is written without the mark that ends a list of children.
        if children.is_empty() {
            return custom(self.tag).add_any_attr(attributes).into_any();
        }
        let children = StaticVec::from(children);
        match self.tag {
            "svg" => svg::svg().add_any_attr(attributes).child(children).into_any(),
            "title" => svg::title().add_any_attr(attributes).child(children).into_any(),
            "desc" => svg::desc().add_any_attr(attributes).child(children).into_any(),
            tag => custom(tag).add_any_attr(attributes).child(children).into_any(),
        }
    }
}

impl IntoRender for El {
    type Output = AnyView;

    fn into_render(self) -> AnyView {
        self.view()
    }
}

/// What can stand in an element.
pub(crate) trait Child {
    /// Adds it to the content.
    fn put_into(self, children: &mut Vec<AnyView>);
}

impl Child for AnyView {
    fn put_into(self, children: &mut Vec<AnyView>) {
        children.push(self);
    }
}

impl Child for El {
    fn put_into(self, children: &mut Vec<AnyView>) {
        children.push(self.view());
    }
}

impl Child for String {
    fn put_into(self, children: &mut Vec<AnyView>) {
        children.push(self.into_any());
    }
}

impl Child for &str {
    fn put_into(self, children: &mut Vec<AnyView>) {
        children.push(self.to_owned().into_any());
    }
}

impl<C: Child> Child for Option<C> {
    fn put_into(self, children: &mut Vec<AnyView>) {
        if let Some(child) = self {
            child.put_into(children);
        }
    }
}

impl<C: Child> Child for Vec<C> {
    fn put_into(self, children: &mut Vec<AnyView>) {
        for child in self {
            child.put_into(children);
        }
    }
}

/// Something that changes by itself.
pub(crate) fn changing(view: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    changing_view(Arc::new(view))
}

// A closure's type holds the types of the function that it is written in. In these there are none, so that all that changes is of
// one type.

fn changing_view(view: Arc<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    (move || view()).into_any()
}

fn changing_text(text: Arc<dyn Fn() -> String + Send + Sync>) -> AnyView {
    (move || text()).into_any()
}

fn changing_attribute(name: &'static str, value: Arc<dyn Fn() -> Option<String> + Send + Sync>) -> AnyAttribute {
    custom_attribute(name, move || value()).into_any_attr()
}

fn changing_property(name: &'static str, value: Arc<dyn Fn() -> JsValue + Send + Sync>) -> AnyAttribute {
    prop(name, move || value()).into_any_attr()
}

fn listening<E>(event: E, handle: Rc<dyn Fn(E::EventType)>) -> AnyAttribute
where
    E: EventDescriptor + Send + 'static,
    E::EventType: From<JsValue> + 'static,
{
    leptos::tachys::html::event::on(event, move |event| handle(event)).into_any_attr()
}

/// Several things, one after the other, without an element around them.
pub(crate) fn together(parts: impl IntoIterator<Item = AnyView>) -> AnyView {
    StaticVec::from(parts.into_iter().collect::<Vec<_>>()).into_any()
}

/// Nothing.
pub(crate) fn nothing() -> AnyView {
    ().into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn elements_are_written_with_their_attributes_and_content() {
        let list = el("ul")
            .class("list")
            .flag("data-tight", true)
            .child(vec![el("li").child("a"), el("li").child(None::<El>)]);
        assert_eq!(list.view().to_html(), r#"<ul class="list" data-tight=""><li>a<!></li><li></li><!></ul>"#);
    }

    #[test]
    fn nothing_but_its_text_stands_in_a_field() {
        for (text, html) in [("", ""), ("a\nb", "a\nb"), ("\r\n\n a", " a"), ("</textarea>", "&lt;/textarea&gt;")] {
            assert_eq!(textarea(text).view().to_html(), format!("<textarea>{html}</textarea>"));
        }
    }

    #[test]
    fn shapes_stand_in_drawings() {
        let drawing = drawing("c", "0 0 1 1", Some(("T".to_owned(), "D".to_owned()))).child(shape("s", "M0 0"));
        assert_eq!(
            drawing.view().to_html(),
            r#"<svg class="c" viewBox="0 0 1 1" role="img"><title>T<!></title><desc>D<!></desc><path class="s" d="M0 0"></path><!></svg>"#
        );
    }

    #[test]
    fn what_comes_from_documents_is_text_and_nothing_else() {
        let sly = el("p").title("\"><script>").child("<b>&");
        let html = sly.view().to_html();
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
    }
}
