//! Requests in the browser.

use leptos::prelude::window;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, Response};

use super::ApiError;

pub(super) async fn send(path: &str, body: Option<String>) -> Result<(u16, String), ApiError> {
    // Browser values stay on the one thread there is; the wrapper says so to those who ask for `Send`.
    SendWrapper::new(fetch(path, body)).await.map_err(|_| {
        ApiError::unreachable("The portal does not answer. Check that it runs, then try again.".to_owned())
    })
}

async fn fetch(path: &str, body: Option<String>) -> Result<(u16, String), JsValue> {
    let init = RequestInit::new();
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    if let Some(body) = body {
        init.set_method("POST");
        headers.set("content-type", "application/json")?;
        init.set_body(&JsValue::from_str(&body));
    }
    init.set_headers(&headers);

    let request = Request::new_with_str_and_init(path, &init)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}
