//! The vestibule binary: wiring, command line, configuration, HTTP and pages.
