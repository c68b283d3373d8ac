//! `prompt`: what a client wants shown, or wants not shown (Core section 3.1.2.1).
//!
//! A word that we do not know is refused, although the specification lets us ignore it: a misspelt
//! `login` that is ignored would be a login that did not happen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::refusal::RequestFault;
use crate::authorize::Prompt;

/// The prompts of one request; [`Prompt::None`] stands alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Prompts(BTreeSet<Prompt>);

impl Prompts {
    /// Reads the words of `prompt`.
    pub(super) fn read<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, RequestFault> {
        let prompts = words
            .map(|word| Prompt::from_name(word).ok_or(RequestFault::PromptUnknown))
            .collect::<Result<BTreeSet<_>, _>>()?;
        if prompts.len() > 1 && prompts.contains(&Prompt::None) {
            return Err(RequestFault::PromptNoneCombined);
        }
        Ok(Self(prompts))
    }

    /// Whether one of them is this.
    #[must_use]
    pub fn contains(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }
}
