//! Routes a request to its response.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::json;

use crate::access::Access;
use crate::cases::Cases;
use crate::connection::control::{ConnectionControl, PendingRequest};
use crate::connection::request::{BodyError, Request};
use crate::connection::response::{Delivery, HttpResponse};
use crate::state::State;
use crate::state::project::Project;
use crate::{api, control};

/// What responds to requests. The state does not depend on it.
pub(crate) struct Router {
    pub(crate) project: Project,
    pub(crate) cases: Cases,
    access: Access,
}

impl Router {
    pub(crate) fn new(project: Project, cases: Cases, access: Access) -> Self {
        Self { project, cases, access }
    }

    /// Responds to a request. The pending request, present for requests of the journal, must live until the response is
    /// delivered.
    pub(crate) async fn serve(
        &self,
        head: Parts,
        body: impl Future<Output = Result<Bytes, BodyError>>,
        connection: &Arc<ConnectionControl>,
    ) -> (Delivery, Option<PendingRequest>) {
        let peer = connection.peer.ip();
        if head.uri.path() == "/emulator" || head.uri.path().starts_with("/emulator/") {
            let response = match body.await {
                Ok(body) => self.control(&Request { head, body, peer }, connection.local).await,
                Err(_) => too_large(),
            };
            return (Delivery::Whole(response), None);
        }
        let pending_request = connection.begin_request();
        let sequence = self.project.journal.arrived(&head, connection.id());
        let body = match body.await {
            Ok(body) => body,
            Err(BodyError::TooLarge) => {
                let response = too_large();
                self.project.journal.responded(sequence, Some(response.status.as_u16()), None);
                return (Delivery::Whole(response), Some(pending_request));
            }
            Err(BodyError::Incomplete) => {
                connection.abandoned();
                return (Delivery::Whole(HttpResponse::default()), Some(pending_request));
            }
        };
        self.project.journal.body(sequence, &body);
        let (delivery, fault) = self.decide(head, body, peer, sequence).await;
        self.project.journal.responded(sequence, delivery.status(), fault.as_deref());
        (delivery, Some(pending_request))
    }

    /// The response to a control call, if it may be made.
    async fn control(&self, request: &Request, local: IpAddr) -> HttpResponse {
        match self.access.check(&request.head, local) {
            Ok(()) => control::respond(&self.project, &self.cases, request).await,
            Err(error) => control::refused(&error),
        }
    }

    /// The response of the API or of a case, and the fault that was applied.
    async fn decide(&self, head: Parts, body: Bytes, peer: IpAddr, sequence: u64) -> (Delivery, Option<String>) {
        let request = Request { head, body, peer };
        if request.path().starts_with("/case/") {
            return self.cases.serve(&self.project, &request).await;
        }
        let fault = self.project.take_fault(request.method(), request.path());
        let decided = match fault {
            None => (Delivery::Whole(self.api(&request, sequence)), None),
            Some(fault) => {
                tokio::time::sleep(fault.delay()).await;
                let response = if fault.applies() { self.api(&request, sequence) } else { HttpResponse::default() };
                (fault.delivery(response), Some(fault.name()))
            }
        };
        let delay = self.project.with_state(State::next_delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        decided
    }

    /// Carries a call of the API out, and records its refresh token at once: the client may disconnect before the response is
    /// delivered.
    fn api(&self, request: &Request, sequence: u64) -> HttpResponse {
        let (response, refresh_token) = api::respond(&self.project, request);
        if let Some(token) = refresh_token {
            self.project.journal.presented(sequence, token);
        }
        response
    }
}

fn too_large() -> HttpResponse {
    HttpResponse::json(StatusCode::PAYLOAD_TOO_LARGE, &json!({"error": "the body is too large"}))
}
