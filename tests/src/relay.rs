//! A relay in front of a server, which hands everything on and keeps what was sent to the server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A relay, until it is dropped.
pub struct Relay {
    address: String,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    /// A relay to a server, such as `http://127.0.0.1:7007`, on a port of its own.
    ///
    /// # Panics
    ///
    /// If there is no port.
    #[must_use]
    pub fn to(server: &str) -> Relay {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let sent: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = Arc::downgrade(&sent);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Some(sent) = kept.upgrade() else { return };
                let Ok(upstream) = TcpStream::connect(&server) else { continue };
                join(client, upstream, sent);
            }
        });
        Relay { address, sent }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All that was sent to the server so far.
    #[must_use]
    pub fn sent(&self) -> String {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&sent).into_owned()
    }
}

fn join(client: TcpStream, server: TcpStream, sent: Arc<Mutex<Vec<u8>>>) {
    let both = client.try_clone().and_then(|again| Ok((again, server.try_clone()?)));
    let Ok((client_again, server_again)) = both else { return };
    std::thread::spawn(move || {
        copy(client, server, |bytes| sent.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes));
    });
    std::thread::spawn(move || copy(server_again, client_again, |_| {}));
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut seen: impl FnMut(&[u8])) {
    let mut bytes = [0; 16 << 10];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 {
            break;
        }
        seen(&bytes[..read]);
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
