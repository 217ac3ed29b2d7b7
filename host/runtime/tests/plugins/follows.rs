//! Plugins that follow a server as it changes, and that find out how they stand: what is read as it comes, and what a full sync beside it
//! leaves alone. What they must not be able to do is in `by_themselves`.

use std::sync::{Arc, Mutex};

use portico_api_types::FindingOutcome;
use portico_model::EntityRef;
use portico_runtime::CheckRefused;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::support::{Portal, Setup, eventually, follower};

/// A server of lines: `/all` answers those that there are, any other path those and all that come.
pub(crate) struct Server {
    pub(crate) port: u16,
    lines: watch::Sender<Vec<String>>,
    /// Whether answers that go on are ended.
    ended: Arc<Mutex<bool>>,
    /// Requests whose answers go on.
    asked: watch::Receiver<usize>,
}

impl Server {
    pub(crate) async fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (lines, ended) = (watch::Sender::new(Vec::<String>::new()), Arc::new(Mutex::new(false)));
        let (asks, asked) = watch::channel(0);
        let (all, over) = (lines.clone(), ended.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut lines, over, asks) = (all.subscribe(), over.clone(), asks.clone());
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let read = stream.read(&mut head).await.unwrap_or(0);
                    let is_all = String::from_utf8_lossy(&head[..read]).starts_with("GET /all ");
                    asks.send_modify(|asks| *asks += usize::from(!is_all));
                    let begun = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
                    let mut said = 0;
                    let mut written = stream.write_all(begun.as_bytes()).await;
                    while written.is_ok() {
                        let new: String = lines.borrow_and_update()[said..].concat();
                        said = lines.borrow().len();
                        written = stream.write_all(new.as_bytes()).await;
                        if is_all || *over.lock().unwrap() || lines.changed().await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Server { port, lines, ended, asked }
    }

    /// Something is new.
    fn say(&self, line: &str) {
        self.lines.send_modify(|lines| lines.push(format!("{line}\n")));
    }

    /// How many requests there were whose answers go on.
    fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// A portal with a follower of this server.
    async fn portal(&self) -> Portal {
        Portal::start(Setup { config: self.config(), files: files(), ..Setup::default() }).await
    }

    fn config(&self) -> String {
        format!(
            "follower: {{ settings: {{ url: \"{}\" }}, grants: {{ http: [{{ host: localhost, port: {}, scheme: http }}], \
             private-addresses: [127.0.0.1, '::1'], catalog: {{ attach: [Component] }} }} }}\n",
            self.url(),
            self.port
        )
    }
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![("follower.wasm", follower())]
}

/// What the follower says of a component.
fn facts(portal: &Portal, name: &str) -> Option<serde_json::Value> {
    let entity = EntityRef::parse(&format!("component:default/{name}")).unwrap();
    let said = portal.catalog.statements("follower").unwrap();
    said.first().and_then(|said| said.facts.get(entity.as_str()).cloned())
}

fn has(portal: &Portal, name: &str, open: u64) -> bool {
    facts(portal, name).is_some_and(|facts| facts["open"] == open)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_says_is_there_as_it_says_it() {
    let server = Server::start().await;
    server.say(r#"ledger {"open":1}"#);
    let portal = server.portal().await;
    eventually(|| has(&portal, "ledger", 1)).await;
    server.say(r#"ledger {"open":2}"#);
    eventually(|| has(&portal, "ledger", 2)).await;
    let plugin = portal.runtime.plugin("follower").unwrap();
    assert!(plugin.follows_since.is_some(), "it is said that it follows");
    assert_eq!(server.asked(), 1, "all of it came by one answer");

    // A full sync beside it has the same to say, and an answer that ends is asked for again.
    let (run, log) = portal.run("follower").await;
    assert_eq!(run.result.unwrap().code, "ok", "{log:?}");
    assert!(has(&portal, "ledger", 2));
    *server.ended.lock().unwrap() = true;
    server.say(r#"ledger {"open":3}"#);
    eventually(|| server.asked() > 1 && has(&portal, "ledger", 3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_version_follows_in_the_place_of_the_one_before() {
    let server = Server::start().await;
    let portal = Portal::start(Setup::default()).await;
    let config = |note: &str| {
        serde_json::json!({
            "settings": { "url": server.url(), "note": note },
            "grants": { "http": [{ "host": "localhost", "port": server.port, "scheme": "http" }],
                        "private-addresses": ["127.0.0.1", "::1"], "catalog": { "attach": ["Component"] } },
        })
    };
    portal.install(follower(), config("one")).await;
    portal.plugin("follower", |plugin| plugin.follows_since.is_some()).await;
    eventually(|| server.asked() == 1).await;
    portal.install(follower(), config("two")).await;
    eventually(|| server.asked() == 2).await;
    server.say(r#"ledger {"open":1}"#);
    eventually(|| has(&portal, "ledger", 1)).await;
    let (log, _) = portal.runtime.plugin_log("follower").unwrap();
    assert_eq!(log.iter().filter(|line| line.message == "it ends").count(), 1, "{log:?}");

    portal.runtime.remove_plugin("follower").await.unwrap();
    assert!(portal.runtime.plugin("follower").is_none());
    eventually(|| portal.runtime.metrics().memory == 0).await;
    assert_eq!(facts(&portal, "ledger"), None, "what it attached went with it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_says_what_is_wrong_and_what_is_not_granted() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let found = portal.plugin("follower", |plugin| plugin.check.is_some()).await.check.unwrap().findings;
    assert_eq!((found[0].subject.as_str(), found[0].outcome), ("Reaches the server", FindingOutcome::Passed));
    assert_eq!(found.len(), 1, "{found:?}");

    let nobody = server.config().replace(&server.port.to_string(), "1");
    let portal = Portal::start(Setup { config: nobody, files: files(), ..Setup::default() }).await;
    let found = portal.runtime.check_plugin("follower").await.unwrap().findings;
    assert_eq!((found[0].outcome, found.len()), (FindingOutcome::Failed, 1), "{found:?}");
    assert!(found[0].message.contains("localhost:1"), "{}", found[0].message);

    let ungranted = "follower: { settings: { url: 'http://127.0.0.1:1' }, grants: { catalog: { attach: [API] } } }";
    let portal = Portal::start(Setup { config: ungranted.to_owned(), files: files(), ..Setup::default() }).await;
    let found = portal.runtime.check_plugin("follower").await.unwrap().findings;
    assert_eq!((found[0].subject.as_str(), found[0].outcome), ("Reaches the server", FindingOutcome::Failed));
    assert_eq!((found[1].subject.as_str(), found[1].outcome), ("Is granted what it asks for", FindingOutcome::Warned));
    assert!(found[1].message.starts_with("Not granted: http "), "{}", found[1].message);
    let nobody = portal.runtime.check_plugin("nobody").await.unwrap_err();
    assert_eq!(nobody, CheckRefused::Unknown("nobody".to_owned()));
}
