//! Attacks on the machine, through WASI.

use portico_sdk::{Error, Result, info};

use crate::came_through;
use crate::wasi::wasi::cli::{environment, stderr, stdin, stdout};
use crate::wasi::wasi::clocks::monotonic_clock;
use crate::wasi::wasi::filesystem::preopens;
use crate::wasi::wasi::io::streams::OutputStream;
use crate::wasi::wasi::random::random;
use crate::wasi::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use crate::wasi::wasi::sockets::{instance_network, ip_name_lookup, tcp_create_socket};

/// What WASI takes at once.
const PIECE: usize = 4_096;

fn flood(stream: &OutputStream) -> Result<()> {
    let piece = vec![b'x'; PIECE];
    loop {
        stream
            .blocking_write_and_flush(&piece)
            .map_err(|error| Error::Failed(format!("it cannot be written any more: {error:?}")))?;
    }
}

pub(crate) fn flood_output() -> Result<()> {
    flood(&stdout::get_stdout())
}

pub(crate) fn flood_errors() -> Result<()> {
    flood(&stderr::get_stderr())
}

pub(crate) fn last_words() -> Result<()> {
    let stream = stderr::get_stderr();
    for _ in 0..1_000 {
        drop(stream.blocking_write_and_flush("\u{1b}[2Jlast words ".repeat(200).as_bytes()));
    }
    unreachable!("the outsider crashes on purpose")
}

pub(crate) fn look_around() -> Result<()> {
    let (variables, arguments) = (environment::get_environment(), environment::get_arguments());
    let (folders, place) = (preopens::get_directories(), environment::initial_cwd());
    let input = stdin::get_stdin().blocking_read(100).unwrap_or_default();
    if !variables.is_empty() || !arguments.is_empty() || !folders.is_empty() || place.is_some() || !input.is_empty() {
        return Err(came_through(&format!("{variables:?} {arguments:?} {folders:?} {place:?} {input:?}")));
    }
    info!("there is nothing around");
    Ok(())
}

pub(crate) fn open_sockets() -> Result<()> {
    let network = instance_network::instance_network();
    let mut said = Vec::new();
    for address in [(127, 0, 0, 1), (169, 254, 169, 254), (192, 0, 2, 1)] {
        let at = |port| IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address });
        match tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4) {
            Ok(socket) => {
                said.push(socket.start_bind(&network, at(0)));
                said.push(socket.start_connect(&network, at(80)));
            }
            Err(error) => said.push(Err(error)),
        }
    }
    said.push(ip_name_lookup::resolve_addresses(&network, "localhost").map(drop));
    match said.iter().find(|said| !matches!(said, Err(ErrorCode::AccessDenied | ErrorCode::PermanentResolverFailure))) {
        Some(other) => Err(came_through(&format!("{other:?}"))),
        None => {
            info!("{} ways are closed", said.len());
            Ok(())
        }
    }
}

pub(crate) fn drain_random() -> Result<()> {
    Err(came_through(&format!("{} bytes", random::get_random_bytes(1 << 30).len())))
}

pub(crate) fn exit() -> Result<()> {
    crate::wasi::wasi::cli::exit::exit(Ok(()));
    Err(came_through("it goes on after its end"))
}

pub(crate) fn sleep() -> Result<()> {
    loop {
        monotonic_clock::subscribe_duration(u64::MAX / 2).block();
    }
}
