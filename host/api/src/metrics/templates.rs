//! How templates do, as figures for a monitoring system.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::error::ApiError;
use crate::state::ApiState;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    template: String,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QuantileLabels {
    template: String,
    quantile: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TemplateLabels {
    template: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    template: String,
    step: String,
}

/// Adds the figures of every template that was run.
pub(super) fn register(state: &ApiState, registry: &mut Registry) -> Result<(), ApiError> {
    let tasks: Family<StatusLabels, Gauge> = Family::default();
    let durations: Family<QuantileLabels, Gauge<f64, std::sync::atomic::AtomicU64>> = Family::default();
    let registered: Family<TemplateLabels, Gauge<f64, std::sync::atomic::AtomicU64>> = Family::default();
    let failing: Family<StepLabels, Gauge> = Family::default();
    let gauge = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    for (template, figures) in state.scaffolder.figures()? {
        for (status, count) in
            [("completed", figures.completed), ("failed", figures.failed), ("cancelled", figures.cancelled)]
        {
            tasks.get_or_create(&StatusLabels { template: template.clone(), status }).set(gauge(count));
        }
        for (quantile, value) in [("0.5", figures.median_milliseconds), ("0.95", figures.slowest_milliseconds)] {
            let Some(value) = value else { continue };
            let labels = QuantileLabels { template: template.clone(), quantile };
            durations.get_or_create(&labels).set(value as f64 / 1e3);
        }
        if let Some(value) = figures.registered_milliseconds {
            registered.get_or_create(&TemplateLabels { template: template.clone() }).set(value as f64 / 1e3);
        }
        for step in figures.fails_at {
            failing.get_or_create(&StepLabels { template: template.clone(), step: step.step }).set(gauge(step.count));
        }
    }
    registry.register("template_tasks", "The newest five hundred tasks of a template by how they ended", tasks);
    registry.register_with_unit(
        "template_duration",
        "From the wish to the end of tasks that were completed",
        Unit::Seconds,
        durations,
    );
    registry.register_with_unit(
        "template_registered",
        "The usual time until an entity that a task made was in the catalog, from the wish or from when it was approved",
        Unit::Seconds,
        registered,
    );
    registry.register("template_failures", "Tasks that failed, by the step that they failed at", failing);
    let (going_on, waiting) = state.scaffolder.load();
    for (name, help, count) in
        [("tasks_going_on", "Tasks that go on", going_on), ("tasks_waiting", "Tasks that wait for their turn", waiting)]
    {
        let counted: Gauge = Gauge::default();
        counted.set(gauge(count as u64));
        registry.register(name, help, counted);
    }
    Ok(())
}
