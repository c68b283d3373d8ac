//! Statements that a connection prepares once.
//!
//! Tells diesel which statements it may cache. By itself it prepares every update anew, and every insertion that
//! updates instead, because a text of theirs may depend on values and the kept ones would pile up. Those of this crate
//! have a fixed set of columns. What is kept is found by its whole text, so a wrong word costs memory, never a wrong
//! statement.
//!
//! SQLite, for its part, prepares a statement anew whenever another value is given for a `LIMIT`, even the same one
//! again. So a reading by key asks for the one row that there can be (`get_result`), and not for the first (`first`).

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A statement whose text never depends on values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prepared<S>(S);

/// Says of a statement that its text never depends on values.
pub(crate) trait Prepare: Sized {
    /// Is prepared once on each connection.
    fn prepared(self) -> Prepared<Self> {
        Prepared(self)
    }
}

impl<S: QueryId> Prepare for S {}

impl<S, B> QueryFragment<B> for Prepared<S>
where
    B: Backend,
    S: QueryFragment<B>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, B>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &B) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<S> QueryId for Prepared<S> {
    type QueryId = ();

    /// It is found by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: Query> Query for Prepared<S> {
    type SqlType = S::SqlType;
}

#[cfg(test)]
mod tests {
    use diesel::{debug_query, prelude::*, sqlite::Sqlite};

    use super::*;
    use crate::schema::people;

    #[test]
    fn what_is_prepared_once_says_the_same() {
        let update = || diesel::update(people::table.find("a")).set(people::disabled.eq(true));
        let kept = |statement: &dyn QueryFragment<Sqlite>| {
            statement.is_safe_to_cache_prepared(&Sqlite).unwrap()
        };
        // Were it kept anyway, this file would be of no use.
        assert!(!kept(&update()));
        assert!(kept(&update().prepared()));
        assert_eq!(
            debug_query::<Sqlite, _>(&update()).to_string(),
            debug_query::<Sqlite, _>(&update().prepared()).to_string()
        );
    }
}
