//! Stand-ins behind vestibule demo: identity provider, application, mail catcher. Loopback only.
