//! Prometheus metrics (`/metrics`): requests as they are answered; catalog, sources and plugins as they stand when asked.

mod templates;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portico_api_types::PluginState;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::state::ApiState;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: Cow<'static, str>,
    route: Arc<str>,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PluginLabels {
    plugin: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VersionLabels {
    plugin: String,
    version: String,
    signed_by: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PointLabels {
    plugin: String,
    point: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CapabilityLabels {
    plugin: String,
    capability: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    plugin: String,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SlotLabels {
    of: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HostLabels {
    plugin: String,
    host: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CauseLabels {
    cause: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabels {
    plugin: String,
    state: String,
}

/// The requests answered so far.
#[derive(Clone)]
pub(crate) struct Requests {
    registry: Arc<Registry>,
    durations: Family<RequestLabels, Histogram>,
}

impl Requests {
    pub(crate) fn new() -> Requests {
        // From 100 µs, below which a read rarely falls, doubling to 3.3 s.
        let durations = Family::<RequestLabels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.0001, 2.0, 16))
        });
        let mut registry = Registry::with_prefix("portico");
        registry.register_with_unit(
            "http_request_duration",
            "Time to the answer's first byte",
            Unit::Seconds,
            durations.clone(),
        );
        Requests { registry: Arc::new(registry), durations }
    }
}

/// One request, under the route that it matched, so that names in paths do not become labels.
pub(crate) struct Watch {
    method: Cow<'static, str>,
    route: Arc<str>,
    start: Instant,
}

impl Watch {
    /// Begins to measure.
    pub(crate) fn start(request: &Request) -> Watch {
        let method = match *request.method() {
            Method::GET => Cow::Borrowed("GET"),
            Method::POST => Cow::Borrowed("POST"),
            // Whatever else a client makes up is one label, so that it cannot fill the memory with labels.
            _ => Cow::Borrowed("other"),
        };
        let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).into();
        Watch { method, route, start: Instant::now() }
    }
}

impl Requests {
    /// Counts a request that was answered.
    pub(crate) fn observe(&self, watch: Watch, status: StatusCode) {
        let Watch { method, route, start } = watch;
        let labels = RequestLabels { method, route, status: status.as_u16() };
        self.durations.get_or_create(&labels).observe(start.elapsed().as_secs_f64());
    }
}

/// The route `/metrics`.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Everything that is measured, in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, description = "OpenMetrics text", body = String)))]
pub(crate) async fn metrics(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let mut body = String::new();
    text::encode_registry(&mut body, &state.requests.registry).map_err(|error| ApiError::internal(&error))?;
    text::encode_registry(&mut body, &snapshot(&state)?).map_err(|error| ApiError::internal(&error))?;
    writeln!(body, "# EOF").map_err(|error| ApiError::internal(&error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}

/// What stands now, as gauges, and what the plugins have counted.
fn snapshot(state: &ApiState) -> Result<Registry, ApiError> {
    let mut registry = Registry::with_prefix("portico");
    let entities: Gauge = Gauge::default();
    entities.set(i64::try_from(state.catalog.count()?).unwrap_or(i64::MAX));
    registry.register("entities", "Entities in the catalog", entities);
    let sources: Family<SourceLabels, Gauge> = Family::default();
    let problems: Family<PluginLabels, Gauge> = Family::default();
    for source in state.catalog.sources()? {
        let label = format!("{:?}", source.state).to_lowercase();
        sources.get_or_create(&SourceLabels { plugin: source.plugin.clone(), state: label }).inc();
        let count = i64::try_from(source.problems).unwrap_or(i64::MAX);
        problems.get_or_create(&PluginLabels { plugin: source.plugin }).inc_by(count);
    }
    registry.register("sources", "Sources by state", sources);
    registry.register("problems", "Open problems", problems);
    let causes: Family<CauseLabels, Gauge> = Family::default();
    for (cause, count) in state.catalog.problem_counts()? {
        let label = CauseLabels { cause: format!("{cause:?}").to_lowercase() };
        causes.get_or_create(&label).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("problems_by_cause", "Open problems, and references that lead to nothing", causes);
    plugins(state, &mut registry);
    templates::register(state, &mut registry)?;
    Ok(registry)
}

/// What the plugins did and used since the portal started.
fn plugins(state: &ApiState, registry: &mut Registry) {
    let calls: Family<PointLabels, Counter<u64, AtomicU64>> = Family::default();
    let failures: Family<PointLabels, Counter<u64, AtomicU64>> = Family::default();
    let cpu: Family<PointLabels, Counter<f64, AtomicU64>> = Family::default();
    let denials: Family<CapabilityLabels, Counter<u64, AtomicU64>> = Family::default();
    let turned_away: Family<ReasonLabels, Counter<u64, AtomicU64>> = Family::default();
    let requests: Family<HostLabels, Counter<u64, AtomicU64>> = Family::default();
    let unanswered: Family<HostLabels, Counter<u64, AtomicU64>> = Family::default();
    let received: Family<HostLabels, Counter<u64, AtomicU64>> = Family::default();
    let memory: Family<PluginLabels, Gauge> = Family::default();
    let entities: Family<PluginLabels, Gauge> = Family::default();
    let facts: Family<PluginLabels, Gauge> = Family::default();
    let versions: Family<VersionLabels, Gauge> = Family::default();
    let up: Family<PluginLabels, Gauge> = Family::default();
    for plugin in state.runtime.plugins() {
        let name = plugin.name;
        for one in plugin.points {
            let labels = PointLabels { plugin: name.clone(), point: one.point };
            calls.get_or_create(&labels).inc_by(one.calls);
            failures.get_or_create(&labels).inc_by(one.failures);
            cpu.get_or_create(&labels).inc_by(one.cpu_milliseconds as f64 / 1e3);
        }
        for one in plugin.denials {
            let labels = CapabilityLabels { plugin: name.clone(), capability: one.capability };
            denials.get_or_create(&labels).inc_by(one.count);
        }
        for one in plugin.turned_away {
            let labels = ReasonLabels { plugin: name.clone(), reason: one.reason };
            turned_away.get_or_create(&labels).inc_by(one.count);
        }
        for one in plugin.http {
            let labels = HostLabels { plugin: name.clone(), host: one.host };
            requests.get_or_create(&labels).inc_by(one.requests);
            unanswered.get_or_create(&labels).inc_by(one.failures);
            received.get_or_create(&labels).inc_by(one.received);
        }
        let signed_by = plugin.signed_by.unwrap_or_else(|| "nobody".to_owned());
        let version = VersionLabels { plugin: name.clone(), version: plugin.version, signed_by };
        versions.get_or_create(&version).set(1);
        let labels = PluginLabels { plugin: name };
        let gauge = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        memory.get_or_create(&labels).set(gauge(plugin.used.peak_memory));
        entities.get_or_create(&labels).set(gauge(plugin.data.entities));
        facts.get_or_create(&labels).set(gauge(plugin.data.facts));
        // One that nobody uses or that is switched off is neither up nor down: 0 means trouble.
        if plugin.state != PluginState::Off {
            let is_well = matches!(plugin.state, PluginState::Running | PluginState::Syncing);
            up.get_or_create(&labels).set(is_well.into());
        }
    }
    registry.register("plugin_up", "Whether a plugin that is used runs as it should", up);
    registry.register("plugin_calls", "Calls into a plugin", calls);
    registry.register("plugin_call_failures", "Calls that failed", failures);
    registry.register_with_unit("plugin_cpu", "Processor time of calls", Unit::Seconds, cpu);
    registry.register("plugin_denials", "Uses of a capability that were refused", denials);
    registry.register(
        "plugin_requests_turned_away",
        "Requests to a plugin's routes that it was never asked to answer",
        turned_away,
    );
    registry.register("plugin_http_requests", "Requests that were sent", requests);
    registry.register(
        "plugin_http_failures",
        "Requests without an answer, or with one of a status from 400 on",
        unanswered,
    );
    registry.register_with_unit("plugin_http_received", "Bodies of answers", Unit::Bytes, received);
    registry.register_with_unit("plugin_peak_memory", "The most memory that a call held", Unit::Bytes, memory);
    registry.register("plugin_entities", "Entities that a plugin speaks for", entities);
    registry.register("plugin_facts", "Entities that a plugin attaches facts to", facts);
    registry.register("plugin_version", "The version of a plugin, and whose key signed it", versions);
    let sandbox = state.runtime.metrics();
    let held: Gauge = Gauge::default();
    held.set(i64::try_from(sandbox.memory).unwrap_or(i64::MAX));
    if let Some(pool) = sandbox.pool {
        let slots: Family<SlotLabels, Gauge> = Family::default();
        let uses = [
            ("instances", pool.instances),
            ("memories", pool.memories),
            ("tables", pool.tables),
            ("stacks", pool.stacks),
        ];
        for (of, count) in uses {
            slots.get_or_create(&SlotLabels { of }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        registry.register("sandbox_slots_in_use", "What of the pool of sandboxes is in use", slots);
        let kept: Gauge = Gauge::default();
        kept.set(i64::try_from(pool.kept).unwrap_or(i64::MAX));
        registry.register_with_unit(
            "sandbox_kept_memory",
            "Memory that no call uses, kept for the next",
            Unit::Bytes,
            kept,
        );
    }
    registry.register_with_unit("sandbox_memory", "Memory that calls of plugins hold now", Unit::Bytes, held);
    let runs: Gauge = Gauge::default();
    runs.set(i64::try_from(sandbox.runs).unwrap_or(i64::MAX));
    registry.register("runs_going_on", "Runs that go on", runs);
}
