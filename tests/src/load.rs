//! A client that asks one address as fast as answers come, over connections that stay open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What came of it.
pub struct Load {
    /// Half of the answers came within this time.
    pub median: Duration,
    /// All but a hundredth came within this time.
    pub p99: Duration,
    /// Answers a second, of all connections together.
    pub rate: f64,
    /// Bytes of an answer's body.
    pub bytes: usize,
}

/// Asks `path` over so many connections for so long, after a tenth of the time to warm up.
///
/// # Panics
///
/// If an answer is not 200.
#[must_use]
pub fn measure(address: SocketAddr, path: &str, connections: usize, time: Duration) -> Load {
    let start = Instant::now();
    let (begin, end) = (start + time / 10, start + time);
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
            std::thread::spawn(move || ask(address, &request, begin, end))
        })
        .collect();
    let mut times = Vec::new();
    let mut bytes = 0;
    for worker in workers {
        let (of_worker, size) = worker.join().expect("a connection that lasts");
        times.extend(of_worker);
        bytes = size;
    }
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    Load { median: at(0.5), p99: at(0.99), rate: times.len() as f64 / (end - begin).as_secs_f64(), bytes }
}

fn ask(address: SocketAddr, request: &str, begin: Instant, end: Instant) -> (Vec<Duration>, usize) {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("a socket");
    let mut answers = BufReader::with_capacity(1 << 18, stream.try_clone().expect("a socket"));
    let mut stream = stream;
    let (mut times, mut body) = (Vec::new(), Vec::new());
    loop {
        let start = Instant::now();
        if start >= end {
            return (times, body.len());
        }
        stream.write_all(request.as_bytes()).expect("the server reads");
        read(&mut answers, &mut body);
        if start >= begin {
            times.push(start.elapsed());
        }
    }
}

/// Reads one answer, of a known length or in chunks.
fn read(answers: &mut BufReader<TcpStream>, body: &mut Vec<u8>) {
    let mut line = String::new();
    answers.read_line(&mut line).expect("an answer");
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        answers.read_line(&mut line).expect("a header");
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        chunked |= header == "transfer-encoding: chunked";
    }
    body.clear();
    if !chunked {
        take(answers, body, length);
        return;
    }
    loop {
        line.clear();
        answers.read_line(&mut line).expect("a chunk's length");
        let length = usize::from_str_radix(line.trim_end(), 16).expect("a hexadecimal length");
        take(answers, body, length);
        // Each chunk, and the last empty one, ends with a line break of its own.
        line.clear();
        answers.read_line(&mut line).expect("the end of a chunk");
        if length == 0 {
            return;
        }
    }
}

fn take(answers: &mut BufReader<TcpStream>, body: &mut Vec<u8>, length: usize) {
    let begin = body.len();
    body.resize(begin + length, 0);
    answers.read_exact(&mut body[begin..]).expect("a body");
}
