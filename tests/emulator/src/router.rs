//! The way from a request to its response.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::json;

use crate::access::Access;
use crate::cases::Cases;
use crate::connection::answer::{Answer, Delivery};
use crate::connection::control::{ConnectionControl, InFlight};
use crate::connection::request::{BodyError, Request};
use crate::state::project::Project;
use crate::{api, control};

/// Everything that answers requests. State does not know of it.
pub(crate) struct Router {
    pub(crate) project: Project,
    pub(crate) cases: Cases,
    access: Access,
}

impl Router {
    pub(crate) fn new(project: Project, cases: Cases, access: Access) -> Self {
        Self { project, cases, access }
    }

    /// Answers a request. The guard, present for requests of the journal, must live until the answer is delivered.
    pub(crate) async fn serve(
        &self,
        head: Parts,
        body: impl Future<Output = Result<Bytes, BodyError>>,
        connection: &Arc<ConnectionControl>,
    ) -> (Delivery, Option<InFlight>) {
        let peer = connection.peer.ip();
        if head.uri.path() == "/emulator" || head.uri.path().starts_with("/emulator/") {
            let answer = match body.await {
                Ok(body) => self.control(&Request { head, body, peer }, connection.local).await,
                Err(_) => too_large(),
            };
            return (Delivery::Whole(answer), None);
        }
        let in_flight = connection.begin_request();
        let sequence = self.project.journal.arrived(&head, connection.id());
        let body = match body.await {
            Ok(body) => body,
            Err(BodyError::TooLarge) => {
                let answer = too_large();
                self.project.journal.answered(sequence, Some(answer.status.as_u16()), None);
                return (Delivery::Whole(answer), Some(in_flight));
            }
            Err(BodyError::Incomplete) => {
                connection.abandoned();
                return (Delivery::Whole(Answer::default()), Some(in_flight));
            }
        };
        self.project.journal.body(sequence, &body);
        let (delivery, fault) = self.decide(head, body, peer).await;
        self.project.journal.answered(sequence, delivery.status(), fault.as_deref());
        (delivery, Some(in_flight))
    }

    /// The response to a control call, if it may be made.
    async fn control(&self, request: &Request, local: IpAddr) -> Answer {
        match self.access.check(&request.head, local) {
            Ok(()) => control::answer(&self.project, &self.cases, request).await,
            Err(error) => control::refused(&error),
        }
    }

    /// The answer of the API or of a case, and the fault that spoilt it.
    async fn decide(&self, head: Parts, body: Bytes, peer: IpAddr) -> (Delivery, Option<String>) {
        let request = Request { head, body, peer };
        if request.path().starts_with("/case/") {
            return self.cases.serve(&self.project, &request).await;
        }
        let Some(fault) = self.project.with_state(|state| state.faults.take(request.method(), request.path())) else {
            return (Delivery::Whole(api::answer(&self.project, &request)), None);
        };
        tokio::time::sleep(fault.delay()).await;
        let answer = if fault.applies() { api::answer(&self.project, &request) } else { Answer::default() };
        (fault.delivery(answer), Some(fault.name()))
    }
}

fn too_large() -> Answer {
    Answer::json(StatusCode::PAYLOAD_TOO_LARGE, &json!({"error": "the body is too large"}))
}
