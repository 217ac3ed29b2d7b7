//! The pages' forms for plugins: installing, granting, going back, switching, removing.
//!
//! Rule: a form leads back to the page that it stands on, see [`crate::back`].

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::post;
use portico_api_types::{Granting, form};
use portico_runtime::{InstallRequest, LifeError, PluginChange};
use portico_supply::{Attested, DetachedSignature};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::asking::Asking;
use crate::back;
use crate::settings_form;
use crate::state::ApiState;

/// The largest package that is uploaded.
const PACKAGE: usize = 64 << 20;

/// The largest file with a signature; a bundle with all certificates has ten.
const SIGNATURE: usize = 64 << 10;

/// The form around it, with room.
const FORM: usize = PACKAGE + 3 * SIGNATURE;

pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/plugins/install", post(install))
        .layer(DefaultBodyLimit::max(FORM))
        .route("/plugins/{name}/grants", post(grant))
        .route("/plugins/{name}/grants/written", post(grants))
        .route("/plugins/{name}/mappings/save", post(mappings))
        .route("/plugins/{name}/settings", post(settings))
        .route("/plugins/{name}/check", post(check))
        .route("/plugins/{name}/approve", post(approve))
        .route("/plugins/{name}/decline", post(decline))
        .route("/plugins/{name}/rollback", post(roll_back))
        .route("/plugins/{name}/enable", post(enable))
        .route("/plugins/{name}/disable", post(disable))
        .route("/plugins/{name}/remove", post(remove))
}

async fn install(State(state): State<ApiState>, form: Multipart) -> Redirect {
    let installed = match request(form).await {
        Ok(request) => state.runtime.install(request, PluginChange::default()).await.map_err(|error| error.to_string()),
        Err(reason) => Err(reason),
    };
    match installed {
        Ok(installed) => back::to(&back::plugin(&installed.name)),
        Err(reason) => back::refused("/plugins", &reason),
    }
}

/// The file that was chosen with the signatures beside it, or the address that was written.
async fn request(mut form: Multipart) -> Result<InstallRequest, String> {
    let (mut package, mut signatures, mut from) = (Vec::new(), Vec::new(), String::new());
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        match field.name() {
            Some("package") => {
                package = field.bytes().await.map_err(|error| unreadable(&error))?.to_vec();
                if package.len() > PACKAGE {
                    return Err(TOO_LARGE.to_owned());
                }
            }
            Some("signature") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let bytes = field.bytes().await.map_err(|error| unreadable(&error))?;
                // A browser sends an empty one where nothing was chosen.
                if !(name.is_empty() && bytes.is_empty()) {
                    signatures.push(signature(&name, &bytes)?);
                }
            }
            Some("from") => from = field.text().await.map_err(|error| unreadable(&error))?.trim().to_owned(),
            _ => {}
        }
    }
    match (package.is_empty(), signatures.is_empty()) {
        (false, _) => Ok(InstallRequest::Signed(package, signatures)),
        (true, false) => {
            Err("Only signatures were chosen; choose the plugin's file that they are for as well.".to_owned())
        }
        (true, true) if from.is_empty() => Err("Choose a plugin's file, or say where one lies.".to_owned()),
        (true, true) => InstallRequest::written(&from),
    }
}

/// A signature as it lies beside a package, told by its name.
fn signature(name: &str, bytes: &[u8]) -> Result<DetachedSignature, String> {
    let attested = match name {
        name if name.ends_with(".sigstore.json") => Attested::Bundle { manifest: None },
        name if name.ends_with(".sig") => Attested::Blob,
        name => {
            return Err(format!(
                "{name} is no signature by its name. Choose what was written beside the plugin's file: one that ends with .sig, or with \
                 .sigstore.json."
            ));
        }
    };
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= SIGNATURE);
    let text = text.ok_or_else(|| {
        format!("{name} is no signature: such a file is text of at most 64 KiB. Choose the right file.")
    })?;
    Ok(DetachedSignature { found_at: format!("{name} beside the upload"), signature: text.trim().to_owned(), attested })
}

/// What is said of a package that is too large.
const TOO_LARGE: &str =
    "The file is larger than 64 MiB, the most that a plugin may have; check that it is the plugin's.";

/// Why a form could not be read.
fn unreadable(error: &MultipartError) -> String {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => TOO_LARGE.to_owned(),
        _ => format!("The form could not be read: {}.", error.body_text()),
    }
}

async fn grant(State(state): State<ApiState>, Path(name): Path<String>, body: String) -> Redirect {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let one = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let chosen = fields.iter().filter(|(key, _)| key == "grant").filter_map(|(_, place)| place.parse::<usize>().ok());
    let granted: BTreeMap<usize, String> =
        chosen.map(|place| (place, one(&format!("said.{place}")).unwrap_or_default())).collect();
    let settings = settings_form::of_waiting(&state, &name, &fields).await;
    let granting = Granting { digest: one("digest").unwrap_or_default(), granted, settings };
    match state.runtime.grant(&name, granting).await {
        Err(LifeError::Settings(faults)) => settings_form::waiting_again(&name, &fields, faults),
        outcome => back::after(&back::plugin(&name), outcome),
    }
}

/// Keeps grants as they were written, unless somebody else has changed those that were shown; where nothing is written, nothing is granted.
async fn grants(State(state): State<ApiState>, Path(name): Path<String>, body: String) -> Redirect {
    let was = form_urlencoded::parse(body.as_bytes()).find(|(key, _)| key == "was");
    let was = was.and_then(|(_, was)| serde_json::from_str::<Value>(&was).ok());
    let is_known = state.runtime.plugin(&name).map(|known| known.grants.unwrap_or_default());
    if is_known.is_some_and(|now| was != Some(now)) {
        let said =
            "Its grants were changed in the meantime; they stand here as they are now, so write yours into them again.";
        return back::refused(&back::plugin(&name), said);
    }
    write_down(&state, &name, "grants", &back::plugin(&name), &body).await
}

/// Keeps mappings as they were written; without any, the plugin's own hold.
async fn mappings(State(state): State<ApiState>, Path(name): Path<String>, body: String) -> Redirect {
    write_down(&state, &name, "mappings", &format!("{}/mappings", back::plugin(&name)), &body).await
}

/// Keeps settings as they were written, or filled in field by field.
async fn settings(State(state): State<ApiState>, Path(name): Path<String>, body: String) -> Redirect {
    let sent: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    match sent.iter().any(|(key, _)| key == form::ASKED) {
        true => settings_form::keep(&state, &name, &sent).await,
        false => write_down(&state, &name, "settings", &back::plugin(&name), &body).await,
    }
}

/// Keeps a part of a plugin's configuration, written as YAML in a field of its name.
async fn write_down(state: &ApiState, name: &str, part: &str, page: &str, body: &str) -> Redirect {
    let fields = form_urlencoded::parse(body.as_bytes());
    let Some((_, text)) = fields.into_owned().find(|(key, _)| key == part) else {
        return back::refused(page, &format!("The form holds no `{part}`; nothing was changed."));
    };
    let value = match text.trim().is_empty() {
        true => Ok(Value::Null),
        false => portico_manifest::parse::<Value>(&text, part).map_err(|error| error.to_string()),
    };
    let kept = match value {
        Ok(value) => {
            let change = PluginChange { config: Map::from_iter([(part.to_owned(), value)]), approved: None };
            state.runtime.change_plugin(name, change).await.map_err(|error| error.to_string())
        }
        Err(reason) => Err(reason),
    };
    back::after(page, kept)
}

/// What was found is on the page.
async fn check(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    back::after(&back::plugin(&name), state.runtime.check_plugin(&name).await.map(drop))
}

/// Lets a version run that somebody looked at, whose grants stand in code.
async fn approve(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    Asking(user): Asking,
    body: String,
) -> Redirect {
    let digest = form_urlencoded::parse(body.as_bytes()).find(|(key, _)| key == "digest");
    let digest = digest.map(|(_, digest)| digest.into_owned()).unwrap_or_default();
    back::after(&back::plugin(&name), state.runtime.approve(&name, &digest, user.as_ref()).await)
}

async fn decline(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    match state.runtime.decline(&name).await {
        // A plugin that never ran is gone with the version that waited.
        Ok(()) if state.runtime.plugin(&name).is_none() => back::to("/plugins"),
        outcome => back::after(&back::plugin(&name), outcome),
    }
}

async fn roll_back(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    back::after(&back::plugin(&name), state.runtime.roll_back(&name).await)
}

async fn enable(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    back::after(&back::plugin(&name), state.runtime.switch(&name, true).await)
}

async fn disable(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    back::after(&back::plugin(&name), state.runtime.switch(&name, false).await)
}

async fn remove(State(state): State<ApiState>, Path(name): Path<String>) -> Redirect {
    back::after("/plugins", state.runtime.remove_plugin(&name).await)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, header};
    use tower::ServiceExt;

    use super::*;

    /// What becomes of a form with these fields, each a name, a file's name, and what it holds.
    async fn sent(fields: &[(&str, &str, &[u8])]) -> String {
        let read = async |form: Multipart| match request(form).await {
            Ok(InstallRequest::Signed(bytes, signatures)) => {
                let beside =
                    signatures.iter().map(|one| format!(" {} {:?}: {}", one.found_at, one.attested, one.signature));
                format!("{}{}", bytes.len(), beside.collect::<String>())
            }
            Ok(InstallRequest::From(reference)) => reference.shown(),
            Ok(InstallRequest::BuiltIn(name)) => format!("the portal's {name}"),
            Ok(InstallRequest::Uploaded(_)) => "an upload that says nothing of signatures".to_owned(),
            Err(reason) => reason,
        };
        let router: Router = Router::new().route("/", post(read)).layer(DefaultBodyLimit::max(FORM));
        let field = |(name, file, bytes): &(&str, &str, &[u8])| {
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n");
            [head.as_bytes(), bytes, b"\r\n"].concat()
        };
        let body = [fields.iter().map(field).collect::<Vec<_>>().concat(), b"--x--\r\n".to_vec()].concat();
        let form =
            Request::post("/").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x").body(Body::from(body));
        let answer = router.oneshot(form.unwrap()).await.unwrap();
        String::from_utf8(to_bytes(answer.into_body(), 1_000).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_is_explained() {
        for (bytes, expected) in [
            (0, "Choose a plugin's file, or say where one lies."),
            (PACKAGE, "67108864"),
            (PACKAGE + 1, TOO_LARGE),
            (FORM, TOO_LARGE),
        ] {
            assert_eq!(sent(&[("package", "x.wasm", &vec![0; bytes])]).await, expected, "{bytes}");
        }
    }

    #[tokio::test]
    async fn signatures_come_along_with_their_package_and_are_told_by_their_names() {
        let (package, nothing) = (("package", "x.wasm", &b"abc"[..]), ("signature", "", &b""[..]));
        let (sig, bundle) = (("signature", "x.wasm.sig", &b"AAAA\n"[..]), ("signature", "x.sigstore.json", &b"{}"[..]));
        let long = vec![b'A'; SIGNATURE + 1];
        for (fields, expected) in [
            (&[package, nothing][..], "3"),
            (&[sig, package], "3 x.wasm.sig beside the upload Blob: AAAA"),
            (
                &[package, sig, bundle],
                "3 x.wasm.sig beside the upload Blob: AAAA x.sigstore.json beside the upload Bundle { manifest: None }: {}",
            ),
            (&[sig], "Only signatures were chosen; choose the plugin's file that they are for as well."),
            (
                &[package, ("signature", "x.pem", b"AAAA")],
                "x.pem is no signature by its name. Choose what was written beside the plugin's file: one that ends with .sig, or with \
                 .sigstore.json.",
            ),
            (
                &[package, ("signature", "x.sig", &long)],
                "x.sig is no signature: such a file is text of at most 64 KiB. Choose the right file.",
            ),
            (
                &[package, ("signature", "x.sig", b"\xff")],
                "x.sig is no signature: such a file is text of at most 64 KiB. Choose the right file.",
            ),
            (&[("from", "", b" built-in:git ")], "the portal's git"),
            (&[("from", "", b"oci://acme.test/radar:1.0")], "oci://acme.test/radar:1.0"),
        ] {
            assert_eq!(sent(fields).await, expected);
        }
        let said = sent(&[("from", "", b"/etc/passwd")]).await;
        assert!(said.contains("nobody reads the portal's files"), "{said}");
    }
}
