//! What the record of a refresh token says, and its form before it is sealed.

use std::io;

use serde::{Deserialize, Serialize};

use crate::model::JwtResponseBody;
use crate::response::{JwtResponse, ResponseMetadata};
use crate::rotation::Fingerprint;
use crate::secret::Wiped;

/// What became of a refresh token.
pub(crate) enum Record {
    /// An exchange used it up.
    Succeeded(Box<Succeeded>),
    /// Its user signed out.
    Ended,
}

/// An exchange, as other processes need to know it. Each of them verifies the tokens itself.
pub(crate) struct Succeeded {
    /// The tenant of the token that was used up.
    pub(crate) tenant: Option<String>,
    pub(crate) response: JwtResponse,
    /// The external token and the headers that the response depends on.
    pub(crate) context: Option<Fingerprint>,
}

/// The form, in JSON. A plain structure: the parts of an enum with a tag would be buffered, and the buffer not wiped.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<B> {
    record: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<[u8; 32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_refresh_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<ResponseMetadata>,
    /// The body of the service, with the tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<B>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Succeeded,
    Ended,
}

impl Record {
    /// The record in a buffer of exactly its length, which is wiped.
    pub(super) fn write(&self) -> Option<Wiped> {
        let form = match self {
            Self::Ended => Form {
                record: Kind::Ended,
                tenant: None,
                context: None,
                next_refresh_at: None,
                http: None,
                response: None,
            },
            Self::Succeeded(succeeded) => {
                let Succeeded { tenant, response, context } = &**succeeded;
                Form {
                    record: Kind::Succeeded,
                    tenant: tenant.clone(),
                    context: context.map(Fingerprint::bytes),
                    next_refresh_at: response.next_refresh_at,
                    http: Some(response.http.clone()),
                    response: Some(&*response.body),
                }
            }
        };
        let mut length = Length(0);
        serde_json::to_writer(&mut length, &form).ok()?;
        let mut text = Wiped::with_capacity(length.0);
        serde_json::to_writer(&mut *text, &form).ok()?;
        Some(text)
    }

    /// Nothing for a text that is no record, and for one without a refresh token.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let Form { record, tenant, context, next_refresh_at, http, response } =
            serde_json::from_slice::<Form<JwtResponseBody>>(text).ok()?;
        if let Kind::Ended = record {
            return Some(Self::Ended);
        }
        let response = response.filter(|response| response.refresh_jwt.is_some())?;
        let response = JwtResponse { http: http?, next_refresh_at, ..JwtResponse::from(response) };
        let context = context.map(Fingerprint::from_bytes);
        Some(Self::Succeeded(Box::new(Succeeded { tenant, response, context })))
    }
}

/// Counts the written bytes.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(json: &str) -> JwtResponse {
        let response: JwtResponse = serde_json::from_str(json).unwrap();
        let http = ResponseMetadata { status: 200, attempts: 2, ..ResponseMetadata::default() };
        JwtResponse { http, next_refresh_at: Some(1_900_000_000), ..response }
    }

    #[test]
    fn what_is_written_is_read() {
        let response = response(
            r#"{"sessionJwt": "a.b.c", "refreshJwt": "d.e.f", "cookiePath": "/app", "user": {"userId": "U1"}, "unknown": [1, "é"]}"#,
        );
        let context = Some(Fingerprint::of("context"));
        let record = Succeeded { tenant: Some("T1".to_owned()), response: response.clone(), context };
        let text = Record::Succeeded(Box::new(record)).write().unwrap();
        assert_eq!(text.len(), text.capacity(), "the buffer did not grow");
        let Some(Record::Succeeded(read)) = Record::read(&text) else { panic!("not read") };
        assert_eq!((read.tenant.as_deref(), read.response), (Some("T1"), response));
        assert!(read.context == context);
        assert!(matches!(Record::read(&Record::Ended.write().unwrap()), Some(Record::Ended)));
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"record": "other"}"#,
            r#"{"record": "succeeded"}"#,
            r#"{"record": "succeeded", "http": {"status": 200, "attempts": 1}, "response": {"sessionJwt": "a.b.c"}}"#,
        ] {
            assert!(Record::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
