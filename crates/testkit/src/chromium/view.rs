//! The window that a page is looked at in.

use serde_json::{Value, json};

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `prefers-color-scheme: dark`.
    Dark,
    /// `prefers-color-scheme: light`.
    Light,
}

/// The size of a window in CSS pixels, how many pixels of the screen each of them has, and the scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// Pixels of the screen for one CSS pixel.
    pub scale: u32,
    /// Light or dark.
    pub scheme: Scheme,
}

impl View {
    /// A window on a desktop.
    pub const DESKTOP: Self = Self {
        width: 1280,
        height: 800,
        scale: 1,
        scheme: Scheme::Light,
    };
    /// The narrowest telephone that people still have.
    pub const PHONE: Self = Self {
        width: 360,
        height: 740,
        ..Self::DESKTOP
    };
    /// A window of 1280 × 1024 at a zoom of 400 % (WCAG 2.2, 1.4.10).
    pub const ZOOMED: Self = Self {
        width: 320,
        height: 256,
        scale: 4,
        ..Self::DESKTOP
    };

    /// The same in the dark.
    #[must_use]
    pub const fn dark(self) -> Self {
        Self {
            scheme: Scheme::Dark,
            ..self
        }
    }

    pub(super) fn metrics(self) -> Value {
        json!({ "width": self.width, "height": self.height, "deviceScaleFactor": self.scale, "mobile": false })
    }

    pub(super) fn media(self) -> Value {
        let scheme = match self.scheme {
            Scheme::Dark => "dark",
            Scheme::Light => "light",
        };
        // Without motion, so that no picture shows the middle of a transition.
        json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] })
    }
}
