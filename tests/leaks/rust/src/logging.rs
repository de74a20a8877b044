//! Prints everything that the client's dependencies log, at every level: through `log` and through `tracing`.

use std::fmt::{self, Debug, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::{Dispatch, Event, Metadata, Subscriber, dispatcher};

use crate::print;

/// Prints all records from now on.
pub(crate) fn start() -> Result<(), Box<dyn std::error::Error>> {
    log::set_logger(&Printer).map_err(|error| error.to_string())?;
    log::set_max_level(log::LevelFilter::Trace);
    dispatcher::set_global_default(Dispatch::new(Printer)).map_err(|error| error.to_string())?;
    Ok(())
}

struct Printer;

static SPANS: AtomicU64 = AtomicU64::new(1);

impl log::Log for Printer {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        print(&format!("log {} {}: {}", record.target(), record.level(), record.args()));
    }

    fn flush(&self) {}
}

/// The fields of a span or an event as text.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _: fmt::Result = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Printer {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        print(&format!("span {} {}:{}", span.metadata().target(), span.metadata().name(), fields.0));
        Id::from_u64(SPANS.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        print(&format!("span:{}", fields.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        print(&format!("trace {} {}:{}", event.metadata().target(), event.metadata().level(), fields.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn current_span(&self) -> Current {
        Current::none()
    }
}
