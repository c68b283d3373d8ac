# Names for people. Each line calls cargo or xtask; what a target does in detail is written there.

.DEFAULT_GOAL := help
.PHONY: help demo run test e2e check interop fuzz faults bench tools

help: ## this list
	@echo "make <target>"
	@sed -n 's/^\([a-z0-9]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: tools ## Vestibule with stand-ins for everything around it; the guide is at http://127.0.0.1:8082/
	cargo run --package vestibule-server --bin vestibule -- demo

run: tools ## Vestibule with a broker.yaml of yours: make run CONFIG=../broker.yaml
	cargo run --package vestibule-server --bin vestibule -- $(if $(CONFIG),--config $(CONFIG)) serve

test: tools ## every test that needs nothing but this machine; it starts PostgreSQL and Chromium itself; the first run fetches axe-core
	cargo test --workspace --no-fail-fast

e2e: tools ## of those tests, people at a real browser; pictures of all pages are then in target/browser
	cargo test --workspace --test browser

check: tools ## format, lints, house rules, licences and bans, documentation
	cargo xtask check

interop: tools ## Keycloak, pysaml2, Authlib, xmlsec1 and the SAML schemas against this build
	cargo xtask interop

fuzz: tools ## random edits of signed messages and every fuzz target; FUZZ="--cases 20000 --seconds 30" for less, or more
	cargo xtask fuzz $(FUZZ)

faults: tools ## what breaks around a login: the process 500 times, the database for 30 seconds; twenty minutes
	VESTIBULE_KILL_ROUNDS=500 VESTIBULE_OUTAGE_SECONDS=30 cargo test --package vestibule-server --test faults -- --nocapture

bench: tools ## the goals of performance, measured on a release build; minutes, on a machine that does nothing else
	cargo build --release --package vestibule-server --package vestibule-bench
	$${CARGO_TARGET_DIR:-target}/release/vestibule-bench $(BENCH)

# What no target can do without, said in words instead of a compiler's error.
tools:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from https://rustup.rs, then open a new shell" >&2; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing (it builds AWS-LC and SQLite): sudo apt-get install gcc libc6-dev" >&2; exit 1; }
