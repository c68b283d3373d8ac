//! A wire between the broker and something that it depends on, which a test can cut.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// A relay; its threads end with the test.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    wire: Arc<Wire>,
}

#[derive(Default)]
struct Wire {
    state: Mutex<State>,
    mended: Condvar,
    streams: Mutex<Vec<TcpStream>>,
}

/// What happens to what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum State {
    /// It arrives.
    #[default]
    Whole,
    /// Connections are closed, old ones and new ones: nobody is there.
    Cut,
    /// Connections stand, and nothing comes through.
    Silent,
}

impl Relay {
    pub(crate) fn to(there: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Arc::new(Wire::default());
        let kept = wire.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if *wire.state.lock().unwrap() != State::Cut {
                    connect(&wire, stream, there);
                }
            }
        });
        Self {
            address,
            wire: kept,
        }
    }

    pub(crate) fn set(&self, state: State) {
        *self.wire.state.lock().unwrap() = state;
        if state == State::Cut {
            for stream in self.wire.streams.lock().unwrap().drain(..) {
                // The other side may have closed it before.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.wire.mended.notify_all();
    }
}

fn connect(wire: &Arc<Wire>, near: TcpStream, there: SocketAddr) {
    let Ok(far) = TcpStream::connect(there) else {
        return;
    };
    let twice = |stream: &TcpStream| stream.try_clone().unwrap();
    wire.streams
        .lock()
        .unwrap()
        .extend([twice(&near), twice(&far)]);
    for (from, to) in [(twice(&near), twice(&far)), (far, near)] {
        let wire = wire.clone();
        thread::spawn(move || carry(&wire, from, to));
    }
}

fn carry(wire: &Wire, mut from: TcpStream, mut to: TcpStream) {
    let mut part = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut part) {
        let state = wire.state.lock().unwrap();
        drop(
            wire.mended
                .wait_while(state, |state| *state == State::Silent),
        );
        if to.write_all(&part[..length]).is_err() {
            break;
        }
    }
    // It is closed already if the other direction ended first.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
