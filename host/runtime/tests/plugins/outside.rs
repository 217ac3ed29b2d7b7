//! What reaches outside of the sandbox: for the machine, through WASI, and for servers that mean ill. What the operator reads of it, how
//! long it takes, that the catalog is as it was, and that a healthy plugin beside it does its work.

use std::path::Path;
use std::time::{Duration, Instant};

use portico_api_types::{LogLine, Run, RunState, Trigger};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::hostile::card_in_time;
use crate::support::{Changes, Portal, Setup, attacks, eventually, hostile, outsider};

#[path = "../../../../tests/outsider/src/attack.rs"]
mod attack;

use attack::Attack;

/// What goes along to the server, and must never come back.
const SECRET: &str = "correct-horse-battery";

/// Where a server leads who follows it: to a cloud's own, to neighbours, to other forms of these, and out of the web.
const LEADS: [&str; 7] = [
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://10.0.0.1/",
    "http://0x7f000002/",
    "http://2852039166/",
    "file:///etc/passwd",
];

/// A server that means ill.
struct Server(u16);

impl Server {
    async fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
        Server(port)
    }
}

/// Answers one request. Whoever is asked gives up at some point, which ends the writing.
async fn answer(mut stream: TcpStream) {
    let mut head = [0; 8192];
    let read = stream.read(&mut head).await.unwrap_or(0);
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let number = path.strip_prefix("/redirect/").and_then(|number| number.parse::<usize>().ok());
    let (begin, goes_on) = match path {
        "/endless" => ("HTTP/1.1 200 OK\r\n\r\n".to_owned(), "x".repeat(64 << 10)),
        "/announced" => ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned(), "x".repeat(64 << 10)),
        "/headers" => ("HTTP/1.1 200 OK\r\n".to_owned(), "x-more: and more\r\n".repeat(100)),
        "/silent" => (String::new(), String::new()),
        "/stalling" => ("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx".to_owned(), String::new()),
        "/broken" => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx").await);
            return;
        }
        "/echo" => {
            let said = head.lines().find(|line| line.starts_with("authorization:")).unwrap_or_default();
            return whole(stream, "200 OK", &format!("x-echo: {said}\r\n"), &head).await;
        }
        "/echo/compressed" => return whole(stream, "200 OK", "content-encoding: gzip\r\n", &head).await,
        _ => {
            return match number.map(|number| LEADS.get(number)) {
                Some(Some(lead)) => whole(stream, "302 Found", &format!("location: {lead}\r\n"), "").await,
                _ => whole(stream, "404 Not Found", "", "").await,
            };
        }
    };
    let mut written = stream.write_all(begin.as_bytes()).await;
    while written.is_ok() && !goes_on.is_empty() {
        written = stream.write_all(goes_on.as_bytes()).await;
    }
    // Nothing more comes until the other side has gone.
    while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
}

async fn whole(mut stream: TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    drop(stream.write_all(answer.as_bytes()).await);
}

/// What must come of an attack.
struct Expected {
    /// The run's code.
    code: &'static str,
    /// What its sentence holds.
    says: &'static str,
    /// What its log holds.
    logs: &'static [&'static str],
}

const fn ends(code: &'static str, says: &'static str) -> Expected {
    Expected { code, says, logs: &[] }
}

const fn logs(code: &'static str, says: &'static str, logs: &'static [&'static str]) -> Expected {
    Expected { code, says, logs }
}

/// The portal's answer to each attack.
const fn expected(attack: Attack) -> Expected {
    match attack {
        Attack::FloodOutput | Attack::FloodErrors => {
            ends("cpuLimit", "was ended after 500ms of computing, as much as it may.")
        }
        Attack::LastWords => ends("panicked", "the outsider crashes on purpose"),
        Attack::LookAround => logs("ok", "", &["there is nothing around"]),
        Attack::OpenSockets => logs("ok", "", &[" ways are closed"]),
        Attack::DrainRandom => ends("panicked", "crashed"),
        Attack::Exit => ends("panicked", "crashed"),
        Attack::Sleep => ends("timeLimit", "was ended after 2s, the time that it may take."),
        Attack::FollowRedirects => logs(
            "denied",
            "169.254.169.254",
            &[
                "may not send GET http://169.254.169.254/latest/meta-data/",
                "fd00:ec2::254",
                "10.0.0.1",
                "127.0.0.2",
                "file",
            ],
        ),
        Attack::EndlessAnswer | Attack::AnnouncedAnswer => {
            ends("failed", "is larger than 1 MiB; ask for less at a time")
        }
        Attack::EndlessHeaders | Attack::BrokenServer => ends("unavailable", "broke off"),
        Attack::SilentServer | Attack::StallingServer => ends("timeLimit", "was ended after 2s"),
        Attack::EchoSecret => logs(
            "failed",
            "is compressed, though it was asked not to be",
            &["x-echo: authorization: Bearer [secret]", "authorization: Bearer [secret]"],
        ),
        Attack::ManyConnections => ends("failed", "224 are open"),
    }
}

/// More than any of these attacks may take, on a machine that does much else.
const BOUND: Duration = Duration::from_secs(60);

/// What is granted less of where the end of an attack is waited for.
const fn limits(attack: Attack) -> &'static str {
    match attack {
        Attack::FloodOutput | Attack::FloodErrors => ", cpu: 500ms",
        Attack::Sleep | Attack::SilentServer | Attack::StallingServer => ", wall: 2s",
        _ => "",
    }
}

async fn portal(attack: Attack, server: &Server, secret: &Path) -> Portal {
    let port = server.0;
    let config = format!(
        "outsider: {{ settings: {{ attack: \"{}\", url: \"http://127.0.0.1:{port}\" }}, grants: {{ \
         http: [{{ host: 127.0.0.1, port: {port}, scheme: http }}, {{ host: '*', port: {port}, scheme: http }}, {{ host: '*', scheme: http }}, {{ host: '*' }}], private-addresses: [127.0.0.1], \
         credentials: {{ server: {{ secret: {{ file: \"{}\" }} }} }}, limits: {{ memory: 64MiB, response: 1MiB{} }} }} }}\n\
         healthy: {{ settings: {{ attack: nothing }} }}\n",
        attack.name(),
        secret.display(),
        limits(attack),
    );
    let healthy = hostile(Changes { name: "healthy", ..Changes::default() });
    let files = vec![("outsider.wasm", outsider()), ("healthy.wasm", healthy)];
    let portal = Portal::start(Setup { config, files, ..Setup::default() }).await;
    portal.run("healthy").await;
    portal
}

async fn withstand(attack: Attack) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let server = Server::start().await;
    let portal = portal(attack, &server, &secret).await;
    let begun = Instant::now();
    let id = portal.runtime.run("outsider", Trigger::Request).unwrap().id;
    card_in_time(&portal, attack).await;
    let (run, log) = portal.ended(id).await;
    eventually(|| portal.runtime.metrics().memory == 0).await;
    assert!(begun.elapsed() < BOUND, "{attack:?} took {:?}", begun.elapsed());
    check(attack, &run, &log);
    assert_eq!(portal.catalog.count().unwrap(), 1, "{attack:?}");
    let (healthy, _) = portal.run("healthy").await;
    assert_eq!(healthy.state, RunState::Succeeded, "after {attack:?}");
}

fn check(attack: Attack, run: &Run, log: &[LogLine]) {
    let Expected { code, says, logs } = expected(attack);
    let result = run.result.as_ref().unwrap();
    assert!(!result.message.contains("CAME THROUGH"), "{attack:?}: {}", result.message);
    assert_eq!(result.code, code, "{attack:?}: {}\n{log:?}", result.message);
    assert!(result.message.contains(says), "{attack:?}: {}", result.message);
    for expected in logs {
        assert!(log.iter().any(|line| line.message.contains(expected)), "{attack:?}: {expected}\n{log:#?}");
    }
    let said = log.iter().map(|line| line.message.as_str()).chain([result.message.as_str()]);
    for said in said {
        assert!(said.len() <= 8 << 10, "{attack:?}: {} bytes", said.len());
        assert!(!said.contains('\u{1b}') && !said.contains(SECRET), "{attack:?}: {said}");
    }
}

attacks! {
    Attack, every_attack_from_outside_is_tried_and_in_the_documentation;
    what_floods_its_outputs_dies_of_its_computing_alone: [Attack::FloodOutput, Attack::FloodErrors, Attack::LastWords],
    there_is_nothing_behind_wasi: [Attack::LookAround, Attack::OpenSockets, Attack::DrainRandom, Attack::Exit, Attack::Sleep],
    a_server_that_leads_elsewhere_leads_nowhere: [Attack::FollowRedirects],
    an_answer_without_end_is_ended: [Attack::EndlessAnswer, Attack::AnnouncedAnswer, Attack::EndlessHeaders, Attack::BrokenServer],
    a_server_that_does_not_answer_costs_the_time_of_the_call: [Attack::SilentServer, Attack::StallingServer],
    what_a_server_says_back_holds_no_secret: [Attack::EchoSecret],
    connections_are_bounded: [Attack::ManyConnections],
}
