//! A QR code as the path of a drawing, so that it stands in the page as data and needs no markup of its own.

use qrcode::{Color, EcLevel, QrCode};

/// White modules on each side that scanners need (ISO/IEC 18004 section 9.1).
const QUIET: usize = 4;

/// A square of modules.
#[derive(Debug)]
pub(super) struct Qr {
    /// Width and height in modules, with the quiet zone.
    pub(super) side: usize,
    /// The dark modules, as the `d` of an SVG path.
    pub(super) path: String,
}

impl Qr {
    /// `None` if the text does not fit into a QR code.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let colors = code.into_colors();
        let mut path = String::new();
        for (row, line) in colors.chunks(width).enumerate() {
            let mut column = 0;
            // Neighbours of one colour are one rectangle.
            for run in line.chunk_by(|left, right| left == right) {
                if run.first() == Some(&Color::Dark) {
                    let (x, y, length) = (column + QUIET, row + QUIET, run.len());
                    path.push_str(&format!("M{x} {y}h{length}v1h-{length}z"));
                }
                column += run.len();
            }
        }
        Some(Self {
            side: width + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws the path again, module by module.
    fn dark_modules(qr: &Qr) -> Vec<(usize, usize)> {
        let mut dark = vec![];
        for piece in qr.path.split('M').skip(1) {
            let (place, rest) = piece.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            dark.extend((0..length).map(|step| (x + step, y)));
        }
        dark
    }

    #[test]
    fn the_path_draws_every_dark_module_and_no_other() {
        let text = "otpauth://totp/Acme:alice?secret=JBSWY3DPEHPK3PXP&issuer=Acme";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let mut expected = vec![];
        for y in 0..code.width() {
            for x in 0..code.width() {
                if code[(x, y)] == Color::Dark {
                    expected.push((x + QUIET, y + QUIET));
                }
            }
        }
        let qr = Qr::of(text).unwrap();
        assert_eq!(qr.side, code.width() + 2 * QUIET);
        assert_eq!(dark_modules(&qr), expected);
    }

    #[test]
    fn what_does_not_fit_is_not_drawn() {
        assert!(Qr::of(&"x".repeat(3000)).is_none());
        assert!(Qr::of(&"x".repeat(2000)).is_some());
    }
}
