//! Attacks where requests are answered.

use crate::contract::exports::portico::plugin::routes::{Guest, Request, Response};
use crate::{Attack, Hostile, chosen, perform};

impl Guest for Hostile {
    fn handle(request: Request) -> Response {
        let said = |status, body: Vec<u8>| Response { status, headers: Vec::new(), body };
        let headers = [
            ("set-cookie", "a=b"),
            ("content-security-policy", "none"),
            ("content-type", "text/html"),
            ("x-seen", "yes"),
        ];
        match chosen("routes") {
            Ok(Attack::HugeAnswer) => said(200, vec![b'x'; 4 << 20]),
            Ok(Attack::ForbiddenAnswer) => Response {
                status: 42,
                headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
                body: b"<script>alert(1)</script>".to_vec(),
            },
            Ok(attack) => match perform(attack) {
                Ok(()) => said(
                    200,
                    request.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",").into_bytes(),
                ),
                Err(_) => said(500, Vec::new()),
            },
            Err(_) => said(500, Vec::new()),
        }
    }
}
