//! What a plugin asks for, line by line, with what it got.

use serde_json::{Value, json};

use crate::credential::Placement;
use crate::denial::Capability;
use crate::http::{HttpAsk, HttpRule};
use crate::kind_pattern::KindPattern;
use crate::piece::Piece;
use crate::rights::{AskLine, Rights, joined};
use crate::server::ServerPattern;

impl Rights {
    /// Everything that the plugin asks for, with what it got.
    pub fn lines(&self) -> Vec<AskLine> {
        let mut lines = Vec::new();
        if let Some(ask) = &self.asks.repositories {
            let granted = joined(self.repositories.iter());
            let piece = Piece::Names("repositories");
            lines.push(line(Capability::Repositories, "Git repositories", &ask.reason, granted, piece));
        }
        if let Some(ask) = &self.asks.push {
            let (granted, piece) = (joined(self.push.iter()), Piece::Names("push"));
            lines.push(line(Capability::Push, "Pushing to Git repositories", &ask.reason, granted, piece));
        }
        if let Some(ask) = &self.asks.files {
            let (granted, piece) = (joined(self.files.iter()), Piece::Names("files"));
            lines.push(line(Capability::Files, "Files of this machine", &ask.reason, granted, piece));
        }
        for ask in &self.asks.http {
            let granted = joined(self.http.iter().filter(|rule| rule.is_part_of(ask)));
            let piece = Piece::Asked(&["http"], json!([http_grant(ask)]));
            lines.push(line(Capability::Http, &ask.to_string(), &ask.reason, granted, piece));
        }
        self.credential_lines(&mut lines);
        self.kubeconfig_line(&mut lines);
        self.catalog_lines(&mut lines);
        self.limit_lines_of(&mut lines);
        lines
    }

    fn credential_lines(&self, lines: &mut Vec<AskLine>) {
        for ask in &self.asks.credentials {
            let target = match ask.hosts.as_slice() {
                [] => format!("{}, for signatures", ask.name),
                hosts => format!("{}, for {}", ask.name, sent_to(hosts, &ask.placement)),
            };
            let granted = self.credentials.get(&ask.name).map(|credential| match credential.hosts.as_slice() {
                [] => "for signatures".to_owned(),
                hosts => sent_to(hosts, &credential.placement),
            });
            lines.push(line(Capability::Credentials, &target, &ask.reason, granted, Piece::Secret(ask.name.clone())));
        }
    }

    fn kubeconfig_line(&self, lines: &mut Vec<AskLine>) {
        let Some(ask) = &self.asks.kubeconfig else { return };
        let granted = self.kubeconfigs.iter().map(|grant| {
            let of_it = self.clusters.iter().filter(|cluster| cluster.kubeconfig == grant.file);
            match joined(of_it.map(|cluster| &cluster.name)) {
                Some(clusters) => format!("{}: {clusters}", grant.file.display()),
                // It could not be read yet.
                None => grant.to_string(),
            }
        });
        let (granted, piece) = (joined(granted), Piece::Names("kubeconfigs"));
        lines.push(line(Capability::Kubeconfig, "Clusters of kubeconfigs", &ask.reason, granted, piece));
    }

    fn catalog_lines(&self, lines: &mut Vec<AskLine>) {
        let catalog = &self.asks.catalog;
        for (capability, ask, granted) in [
            (Capability::Read, &catalog.read, &self.read),
            (Capability::Write, &catalog.write, &self.write),
            (Capability::Attach, &catalog.attach, &self.attach),
        ] {
            let Some(ask) = ask else { continue };
            let path: &[&str] = match capability {
                Capability::Read => &["catalog", "read"],
                Capability::Write => &["catalog", "write"],
                _ => &["catalog", "attach"],
            };
            let is_own = |kind: &KindPattern| self.own_kinds.contains(kind);
            let met = granted.iter().filter(|kind| match is_own(kind) {
                true => ask.kinds.contains(kind),
                false => ask.kinds.iter().any(|asked| asked.meet(kind).is_some()),
            });
            let mut met: Vec<&KindPattern> =
                if granted.contains(&KindPattern::Any) { vec![&KindPattern::Any] } else { met.collect() };
            // Its own kinds are there without a grant, so that they alone are none.
            if met.iter().all(|kind| is_own(kind)) {
                met.clear();
            }
            // In the order in which they are asked for.
            met.sort_by_key(|kind| ask.kinds.iter().position(|asked| asked == *kind));
            let asked = joined(ask.kinds.iter()).unwrap_or_default();
            let kinds: Vec<Value> = ask.kinds.iter().map(|kind| json!(kind.to_string())).collect();
            let piece = Piece::Asked(path, Value::Array(kinds));
            lines.push(line(capability, &asked, &ask.reason, joined(met.into_iter()), piece));
        }
    }

    fn limit_lines_of(&self, lines: &mut Vec<AskLine>) {
        let limits = &self.limits;
        if let Some(ask) = &self.asks.state {
            let piece = Piece::Asked(&["state"], json!(ask.size.yaml()));
            lines.push(line(
                Capability::State,
                &ask.size.to_string(),
                &ask.reason,
                Some(self.state.to_string()),
                piece,
            ));
        }
        if let Some(ask) = &self.asks.memory {
            let piece = Piece::Asked(&["limits", "memory"], json!(ask.size.yaml()));
            let granted = Some(limits.memory.to_string());
            lines.push(line(Capability::Memory, &ask.size.to_string(), &ask.reason, granted, piece));
        }
        if let Some(ask) = &self.asks.cpu {
            let piece = Piece::Asked(&["limits", "cpu"], json!(ask.time.to_string()));
            lines.push(line(Capability::Cpu, &ask.time.to_string(), &ask.reason, Some(limits.cpu.to_string()), piece));
        }
        if let Some(ask) = &self.asks.wall {
            let piece = Piece::Asked(&["limits", "wall"], json!(ask.time.to_string()));
            lines.push(line(
                Capability::Wall,
                &ask.time.to_string(),
                &ask.reason,
                Some(limits.wall.to_string()),
                piece,
            ));
        }
        if let Some(ask) = &self.asks.response {
            let piece = Piece::Asked(&["limits", "response"], json!(ask.size.yaml()));
            let granted = Some(limits.response.to_string());
            lines.push(line(Capability::Response, &ask.size.to_string(), &ask.reason, granted, piece));
        }
        if let Some(ask) = &self.asks.log {
            let piece = Piece::Asked(&["limits", "log"], json!(ask.lines));
            let granted = Some(limits.log.to_string());
            lines.push(line(Capability::Log, &ask.lines.to_string(), &ask.reason, granted, piece));
        }
        if let Some(ask) = &self.asks.disk {
            let piece = Piece::Asked(&["limits", "disk"], json!(ask.size.yaml()));
            let granted = Some(limits.disk.to_string());
            lines.push(line(Capability::Disk, &ask.size.to_string(), &ask.reason, granted, piece));
        }
        if let Some(ask) = &self.asks.requests {
            let piece = Piece::Asked(&["limits", "requests"], json!(ask.count));
            let granted = Some(limits.requests.to_string());
            lines.push(line(Capability::Requests, &ask.count.to_string(), &ask.reason, granted, piece));
        }
    }
}

/// Where a credential goes, and how, where that is not as usual.
fn sent_to(hosts: &[ServerPattern], placement: &Placement) -> String {
    let hosts = joined(hosts.iter()).unwrap_or_default();
    if *placement == Placement::usual() { hosts } else { format!("{hosts}, {placement}") }
}

fn line(capability: Capability, target: &str, reason: &str, granted: Option<String>, piece: Piece) -> AskLine {
    AskLine { capability, target: target.to_owned(), reason: reason.to_owned(), granted, piece }
}

/// The grant that is all of an ask.
fn http_grant(ask: &HttpAsk) -> Value {
    let mut grant = json!({ "host": ask.host.to_string() });
    if let Some(port) = ask.port {
        grant["port"] = match port {
            crate::http::Port::Any => json!("*"),
            crate::http::Port::Exact(port) => json!(port),
        };
    }
    // Always named, so that a later version that asks for others gets none of them by this grant.
    grant["methods"] = ask.methods().iter().map(|method| json!(method.as_str())).collect();
    if let Some(paths) = &ask.paths {
        grant["paths"] = paths.iter().map(|path| json!(path.to_string())).collect();
    }
    grant
}

impl HttpRule {
    /// Whether the rule came of this ask: it covers nothing that the ask does not.
    fn is_part_of(&self, ask: &HttpAsk) -> bool {
        ask.host.meet(&self.host).as_ref() == Some(&self.host)
            && ask.allows_port(self.port)
            && self.methods.iter().all(|method| ask.asks_method(method.as_str()))
    }
}
