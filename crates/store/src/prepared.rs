//! Statements that a connection prepares once.
//!
//! Tells diesel which statements it may cache. By itself it prepares every update anew, and every insertion that
//! updates instead, because a text of theirs may depend on values and the kept ones would pile up. Those of this crate
//! have a fixed set of columns. What is kept is found by its whole text, so a wrong word costs memory, never a wrong
//! statement.
//!
//! SQLite, for its part, prepares a statement anew whenever another value is given for a `LIMIT`, even the same one
//! again. So a reading by key asks for the one row that there can be (`get_result`), and not for the first (`first`), and
//! what is read often has its number in the text ([`Prepare::at_most`]).

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A statement whose text never depends on values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prepared<S>(S);

/// The first rows of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtMost<S> {
    statement: S,
    rows: usize,
}

/// Says of a statement that its text never depends on values.
pub(crate) trait Prepare: Sized {
    /// Is prepared once on each connection.
    fn prepared(self) -> Prepared<Self> {
        Prepared(self)
    }

    /// Its first rows, at most so many. It has no limit yet, and there are few numbers that it is asked with: it is prepared
    /// once for each.
    fn at_most(self, rows: usize) -> AtMost<Self> {
        AtMost {
            statement: self,
            rows,
        }
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

impl<S, B> QueryFragment<B> for AtMost<S>
where
    B: Backend,
    S: QueryFragment<B>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, B>) -> QueryResult<()> {
        self.statement.walk_ast(pass.reborrow())?;
        pass.push_sql(" LIMIT ");
        pass.push_sql(&self.rows.to_string());
        Ok(())
    }
}

impl<S> QueryId for AtMost<S> {
    type QueryId = ();

    /// It is found by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: Query> Query for AtMost<S> {
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

    #[test]
    fn how_many_rows_are_read_stands_in_the_text() {
        let all = || people::table.select(people::id).order(people::id);
        let limited = all().at_most(4);
        assert!(limited.is_safe_to_cache_prepared(&Sqlite).unwrap());
        let expected = debug_query::<Sqlite, _>(&all()).to_string();
        let expected = expected.replace(" -- binds", " LIMIT 4 -- binds");
        assert_eq!(debug_query::<Sqlite, _>(&limited).to_string(), expected);
    }
}
