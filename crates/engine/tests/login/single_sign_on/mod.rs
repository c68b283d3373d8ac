//! The second application: who is known in a browser is asked for what is missing, and for nothing else.

mod ends;
mod limits;
mod resuming;
mod tabs;

const JIRA: &str = "app=jira&id=r8";
const WIKI: &str = "app=wiki&id=r9";
