//! A counterpart without a network: answers by address, and remembers what was asked.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

use super::*;

type Answer = Box<dyn Fn(&Request) -> Result<Response, HttpError> + Send + Sync>;

/// Answers requests from a table of addresses.
#[derive(Default)]
pub(crate) struct FakeHttp {
    answers: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<String>>,
}

impl FakeHttp {
    /// From now on `url` answers so.
    pub(crate) fn on(
        &self,
        url: &str,
        answer: impl Fn(&Request) -> Result<Response, HttpError> + Send + Sync + 'static,
    ) {
        self.answers
            .lock()
            .unwrap()
            .insert(url.into(), Box::new(answer));
    }

    /// From now on `url` answers with status 200 and this body.
    pub(crate) fn serve(&self, url: &str, body: impl Into<Vec<u8>>) {
        let body = body.into();
        self.on(url, move |_| {
            Ok(Response {
                status: 200,
                body: body.clone(),
            })
        });
    }

    /// How often `url` was asked.
    pub(crate) fn count(&self, url: &str) -> usize {
        self.asked().iter().filter(|asked| *asked == url).count()
    }

    fn asked(&self) -> MutexGuard<'_, Vec<String>> {
        self.asked.lock().unwrap()
    }
}

#[async_trait]
impl Http for FakeHttp {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let url = request.url.as_str().to_owned();
        self.asked().push(url.clone());
        // Others get their turn, as they would during a real request.
        tokio::task::yield_now().await;
        let answers = self.answers.lock().unwrap();
        let response = match answers.get(&url) {
            Some(answer) => answer(&request),
            None => Err(HttpError::Unreached("connection refused".into())),
        }?;
        if response.body.len() > request.limit {
            return Err(HttpError::TooLarge(request.limit));
        }
        Ok(response)
    }
}
