//! Accounts of `local` upstreams.
//!
//! Owns their rows. The password's Argon2id hash is sealed besides: whoever steals the database alone cannot even begin
//! to guess.

use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use vestibule_core::{id::UpstreamId, identity::PersonId, port::LocalAccount};

use crate::{
    error::Failure,
    schema::local_accounts,
    seal::{Place, Sealer},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = local_accounts)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct AccountRow {
    upstream: String,
    username: String,
    sealed: Vec<u8>,
    mail: Option<String>,
    display_name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    user_groups: String,
    disabled: bool,
}

rows! {
    /// The table `local_accounts`.
    AccountRows {
        /// Adds or replaces an account.
        async fn put_local_account(
            &mut self,
            sealer: &Sealer,
            account: &LocalAccount,
        ) -> Result<(), Failure> {
            diesel::insert_into(local_accounts::table)
                .values(AccountRow::seal(sealer, account)?)
                .on_conflict((local_accounts::upstream, local_accounts::username))
                .do_update()
                .set((
                    local_accounts::sealed.eq(excluded(local_accounts::sealed)),
                    local_accounts::mail.eq(excluded(local_accounts::mail)),
                    local_accounts::display_name.eq(excluded(local_accounts::display_name)),
                    local_accounts::given_name.eq(excluded(local_accounts::given_name)),
                    local_accounts::family_name.eq(excluded(local_accounts::family_name)),
                    local_accounts::user_groups.eq(excluded(local_accounts::user_groups)),
                    local_accounts::disabled.eq(excluded(local_accounts::disabled)),
                ))
                .execute(self)
                .await?;
            Ok(())
        }

        /// Removes an account; `false` if there was none.
        async fn remove_local_account(
            &mut self,
            upstream: &UpstreamId,
            username: &str,
        ) -> Result<bool, Failure> {
            let row = local_accounts::table.find((upstream.as_str(), folded(username)));
            Ok(diesel::delete(row).execute(self).await? > 0)
        }

        /// One account.
        async fn find_local_account(
            &mut self,
            sealer: &Sealer,
            upstream: &UpstreamId,
            username: &str,
        ) -> Result<Option<LocalAccount>, Failure> {
            // Anybody can type anything here; PostgreSQL stores no zero characters, so nobody is called so.
            if username.contains('\0') {
                return Ok(None);
            }
            let row: Option<AccountRow> = local_accounts::table
                .find((upstream.as_str(), folded(username)))
                .select(AccountRow::as_select())
                .get_result(self)
                .await
                .optional()?;
            row.map(|row| row.open(sealer)).transpose()
        }

        /// All accounts of one upstream, by user name.
        async fn local_accounts_of(
            &mut self,
            sealer: &Sealer,
            upstream: &UpstreamId,
        ) -> Result<Vec<LocalAccount>, Failure> {
            let rows: Vec<AccountRow> = local_accounts::table
                .filter(local_accounts::upstream.eq(upstream.as_str()))
                .order(local_accounts::username)
                .select(AccountRow::as_select())
                .load(self)
                .await?;
            rows.into_iter().map(|row| row.open(sealer)).collect()
        }
    }
}

impl AccountRow {
    fn seal(sealer: &Sealer, account: &LocalAccount) -> Result<Self, Failure> {
        let (upstream, username) = (
            account.upstream.as_str().to_owned(),
            folded(&account.username),
        );
        let groups = serde_json::to_string(&account.groups);
        Ok(Self {
            sealed: sealer.seal(
                place(&[&upstream, &username]),
                account.password_hash.as_bytes(),
            )?,
            mail: account.mail.clone(),
            display_name: account.display_name.clone(),
            given_name: account.given_name.clone(),
            family_name: account.family_name.clone(),
            user_groups: groups.map_err(|error| Failure::corrupt(error.to_string()))?,
            disabled: account.disabled,
            upstream,
            username,
        })
    }

    fn open(self, sealer: &Sealer) -> Result<LocalAccount, Failure> {
        let damaged = |what: &str| Failure::corrupt(format!("local_accounts ({what})"));
        let hash = sealer.open(place(&[&self.upstream, &self.username]), &self.sealed)?;
        Ok(LocalAccount {
            password_hash: std::str::from_utf8(&hash)
                .map_err(|_| damaged("password hash"))?
                .to_owned(),
            upstream: UpstreamId::new(self.upstream).map_err(|_| damaged("upstream"))?,
            username: self.username,
            mail: self.mail,
            display_name: self.display_name,
            given_name: self.given_name,
            family_name: self.family_name,
            groups: serde_json::from_str(&self.user_groups).map_err(|_| damaged("groups"))?,
            disabled: self.disabled,
        })
    }
}

/// The person whose account it is.
pub(crate) fn person_of(upstream: &UpstreamId, username: &str) -> PersonId {
    PersonId::new(upstream.clone(), folded(username))
}

/// User names are compared without regard to case.
fn folded(username: &str) -> String {
    username.to_lowercase()
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "local_accounts",
        owner,
        purpose: "password hash",
    }
}
