//! The check of the audit log.
//!
//! Owns the walk from the first entry to the last, page by page, while the log may grow. Does not repair anything.

use vestibule_core::port::{ChainFault, ChainState, StoreError};

use crate::{
    audit::{AuditRow, AuditRows, fault},
    chain::End,
    store::Store,
};

/// Walks the whole log and says what is wrong first.
pub(crate) async fn verify(store: &Store) -> Result<ChainState, StoreError> {
    let end = match read_end(store).await? {
        Ok(end) => end,
        Err(altered) => {
            return Ok(ChainState {
                entries: 0,
                fault: Some(altered),
            });
        }
    };
    let mut last = End::start();
    while last.number < end.number {
        let page = read_page(store, last.number, end.number).await?;
        if page.is_empty() {
            return Ok(broken(&last, "this entry and all after it are missing"));
        }
        for row in page {
            match row.follow(&last, store.chain()) {
                Ok(next) => last = next,
                Err(what) => return Ok(broken(&last, what)),
            }
        }
    }
    if last != end {
        let what = "this is not the entry that the log ends with";
        return Ok(ChainState {
            entries: last.number,
            fault: Some(fault(last.number, what)),
        });
    }
    Ok(ChainState {
        entries: last.number,
        fault: find_stray(store).await?,
    })
}

/// The entry after the last good one is wrong.
fn broken(last: &End, what: &str) -> ChainState {
    ChainState {
        entries: last.number,
        fault: Some(fault(last.number.saturating_add(1), what)),
    }
}

/// Entries beyond the end. The end is asked for last: an entry that was rightly appended meanwhile is not beyond it.
async fn find_stray(store: &Store) -> Result<Option<ChainFault>, StoreError> {
    let newest = store
        .run(|store| async move { with_conn!(store.db, |conn| conn.newest_entry().await) })
        .await?;
    Ok(match read_end(store).await? {
        Err(altered) => Some(altered),
        Ok(end) if newest > end.number => Some(fault(
            end.number.saturating_add(1),
            "there are entries after the end of the log",
        )),
        Ok(_) => None,
    })
}

async fn read_end(store: &Store) -> Result<Result<End, ChainFault>, StoreError> {
    store
        .run(|store| async move {
            with_conn!(store.db, |conn| conn.read_end(&store.secrets.chain).await)
        })
        .await
}

async fn read_page(store: &Store, after: i64, until: i64) -> Result<Vec<AuditRow>, StoreError> {
    store
        .run(move |store| async move {
            with_conn!(store.db, |conn| conn.audit_page(after, until).await)
        })
        .await
}
