//! The pictures of our pages in the book.
//!
//! Owns which there are, and that each is of a page that people still come to. `VESTIBULE_WRITE_SCREENSHOTS=1 cargo test
//! -p vestibule-server --test browser pictures` takes them anew; look at them before they are committed. Does not own how
//! pages look: times and references in a picture are those of the day on which it was taken.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Cursor,
    path::PathBuf,
};

use vestibule_testkit::chromium::View;

use crate::support::{House, Visitor};

/// The files in `docs/images`, and the heading of the page on each.
const PICTURES: &[(&str, &str)] = &[
    ("account", "Your account"),
    ("backup-codes", "Save your backup codes"),
    ("choose-upstream", "Where do you sign in?"),
    ("code", "Enter your code"),
    ("denied", "You may not sign in here"),
    ("logout-over", "You are signed out here, but not everywhere"),
    ("logout-wait", "Wiki has not answered"),
    ("set-up-app", "Set up your authenticator app"),
    ("sign-out", "Do you want to sign out?"),
    ("signing-out", "Signing you out"),
    ("start", "Sign in to Jira"),
];

/// A picture is no reason for a slow clone.
const MOST_BYTES: usize = 60_000;
/// Beyond these, people see no difference on pages that have one colour and its shades.
const MOST_COLOURS: usize = 128;

const BOOK: View = View {
    width: 960,
    height: 480,
    ..View::DESKTOP
};

#[test]
fn the_book_shows_pages_that_there_are() {
    let house = House::with_neighbour();
    let mut album = Album::default();
    let mut alice = first_login(&house, &mut album);
    elsewhere(&house, &mut alice);
    later_login(&house, &mut album, &mut alice);
    logout(&house, &mut album, &mut alice);
    refusal(&house, &mut album);
    let taken: Vec<&str> = album.taken.into_iter().collect();
    let all: Vec<&str> = PICTURES.iter().map(|(name, _)| *name).collect();
    assert_eq!(taken, all);
}

fn first_login(house: &House, album: &mut Album) -> Visitor {
    let mut alice = Visitor::new();
    alice.opens(house.jira());
    album.take("choose-upstream", &alice);
    alice.follows("button[value=acme]");
    alice.sees("Log in to Acme");
    alice.types_password(house, "alice");
    album.take("set-up-app", &alice);
    alice.sets_up_app_up_to_the_codes(house);
    album.take("backup-codes", &alice);
    alice.follows("form[action$='/confirm'] button");
    alice.is_in("Jira");
    alice
}

/// Somebody has more than one browser.
fn elsewhere(house: &House, alice: &mut Visitor) {
    let mut other = Visitor::new();
    other.passes_first_door(house, house.jira(), "alice");
    other.app = alice.app.take();
    other.sees("Enter your code");
    other.types_app_code(house);
    other.is_in("Jira");
    alice.app = other.app.take();
}

fn later_login(house: &House, album: &mut Album, alice: &mut Visitor) {
    alice.opens(&house.at("/account"));
    album.take("account", alice);
    house.ends_sessions();
    alice.opens(&house.at("/saml/start/jira"));
    album.take("start", alice);
    alice.comes_again(house, house.jira());
    album.take("code", alice);
    alice.types_app_code(house);
    alice.is_in("Jira");
}

fn logout(house: &House, album: &mut Album, alice: &mut Visitor) {
    alice.opens(house.wiki());
    alice.is_in("Wiki");
    alice.opens(&house.notes());
    alice.is_in("Notes");
    // Without scripts each page waits for its button, and for its picture.
    alice.runs_no_scripts();
    alice.opens(&house.at("/oauth2/logout"));
    album.take("sign-out", alice);
    alice.follows("form[action$='/sign-out'] button");
    album.take("signing-out", alice);
    let page = alice.path();
    alice.follows("#onward button");
    alice.sees("Nobody is led back from here");
    alice.goes_back_to(&page);
    alice.tab.reload().unwrap();
    album.take("logout-wait", alice);
    alice.follows("form[action$='/continue'] button");
    album.take("logout-over", alice);
}

fn refusal(house: &House, album: &mut Album) {
    let carol = Visitor::new();
    carol.passes_first_door(house, house.jira(), "carol");
    album.take("denied", &carol);
}

/// What was come to in this run.
#[derive(Default)]
struct Album {
    taken: BTreeSet<&'static str>,
}

impl Album {
    /// Sees the page, and takes its picture if pictures are wanted.
    #[track_caller]
    fn take(&mut self, name: &'static str, visitor: &Visitor) {
        let of_it = PICTURES.iter().find(|(file, _)| *file == name);
        let (_, heading) = of_it.unwrap_or_else(|| panic!("{name} is not in the list"));
        visitor.sees(heading);
        self.taken.insert(name);
        if std::env::var_os("VESTIBULE_WRITE_SCREENSHOTS").is_none() {
            return;
        }
        visitor.tab.look_as(BOOK).unwrap();
        // The inspection leaves the focus somewhere.
        visitor.text("document.activeElement.blur()");
        let picture = visitor.tab.picture().unwrap();
        visitor.tab.look_as(View::DESKTOP).unwrap();
        fs::write(images().join(format!("{name}.png")), smaller(&picture)).unwrap();
    }
}

/// The same picture in the colours that it has most of, and those near them.
fn smaller(picture: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let pixels = pixels.chunks(info.color_type.samples());
    let colours: Vec<[u8; 3]> = pixels.map(|it| [it[0], it[1], it[2]]).collect();

    let mut counted = BTreeMap::new();
    for colour in &colours {
        *counted.entry(*colour).or_insert(0_u32) += 1;
    }
    let mut palette: Vec<[u8; 3]> = counted.keys().copied().collect();
    palette.sort_by_key(|colour| Reverse(counted[colour]));
    palette.truncate(MOST_COLOURS);
    let nearest: BTreeMap<[u8; 3], u8> = counted
        .keys()
        .map(|colour| {
            let place = (0..palette.len()).min_by_key(|place| distance(palette[*place], *colour));
            (*colour, u8::try_from(place.unwrap()).unwrap())
        })
        .collect();

    let mut small = Vec::new();
    let mut encoder = png::Encoder::new(&mut small, info.width, info.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let indexed: Vec<u8> = colours.iter().map(|colour| nearest[colour]).collect();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&indexed).unwrap();
    writer.finish().unwrap();
    small
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| u32::from(a.abs_diff(b)).pow(2))
        .sum()
}

/// What is listed is there and shown by a page of the book, and what the book shows is listed.
#[test]
fn every_picture_of_the_book_is_there_and_small() {
    let mut shown = String::new();
    for folder in ["", "applications", "upstreams", "security"] {
        for page in images().parent().unwrap().join(folder).read_dir().unwrap() {
            let path = page.unwrap().path();
            if path.extension().is_some_and(|it| it == "md") {
                shown.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    for (name, _) in PICTURES {
        let file = images().join(format!("{name}.png"));
        let picture = fs::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(picture.len() <= MOST_BYTES, "{name}: {}", picture.len());
        let picture = png::Decoder::new(Cursor::new(picture)).read_info().unwrap();
        assert_eq!(picture.info().width, BOOK.width, "{name}");
        assert!(
            shown.contains(&format!("images/{name}.png)")),
            "no page shows {name}"
        );
    }
    for name in shown.split("images/").skip(1) {
        let (name, _) = name.split_once(".png)").expect("a picture ends in .png");
        assert!(
            PICTURES.iter().any(|(file, _)| *file == name),
            "{name} has no story"
        );
    }
}

fn images() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/images")
}
