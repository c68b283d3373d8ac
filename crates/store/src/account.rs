//! Accounts of `local` upstreams.
//!
//! Owns their rows. The password's Argon2id hash is sealed besides: whoever steals the database alone cannot even begin
//! to guess.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{
    id::UpstreamId,
    identity::PersonId,
    port::{AccountChange, LocalAccount},
};

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

/// What is `None` is not written.
#[derive(AsChangeset)]
#[diesel(table_name = local_accounts)]
struct ChangedRow {
    sealed: Option<Vec<u8>>,
    mail: Option<String>,
    display_name: Option<Option<String>>,
    given_name: Option<Option<String>>,
    family_name: Option<Option<String>>,
    user_groups: Option<String>,
}

rows! {
    /// The table `local_accounts`.
    AccountRows {
        /// Adds an account; `false` if there is one of the name.
        async fn add_local_account(
            &mut self,
            sealer: &Sealer,
            account: &LocalAccount,
        ) -> Result<bool, Failure> {
            let added = diesel::insert_into(local_accounts::table)
                .values(AccountRow::seal(sealer, account)?)
                .on_conflict((local_accounts::upstream, local_accounts::username))
                .do_nothing()
                .execute(self)
                .await?;
            Ok(added > 0)
        }

        /// Changes an account in these points; `false` if there is none.
        async fn change_local_account(
            &mut self,
            sealer: &Sealer,
            upstream: &UpstreamId,
            username: &str,
            change: &AccountChange,
        ) -> Result<bool, Failure> {
            let username = folded(username);
            let row = local_accounts::table.find((upstream.as_str(), &username));
            let changed = diesel::update(row)
                // The name as it is: a statement that sets nothing is none.
                .set((
                    local_accounts::username.eq(&username),
                    ChangedRow::seal(sealer, upstream, &username, change)?,
                ))
                .execute(self)
                .await?;
            Ok(changed > 0)
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
        Ok(Self {
            sealed: sealed_hash(sealer, &upstream, &username, &account.password_hash)?,
            mail: account.mail.clone(),
            display_name: account.display_name.clone(),
            given_name: account.given_name.clone(),
            family_name: account.family_name.clone(),
            user_groups: written(&account.groups)?,
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

impl ChangedRow {
    fn seal(
        sealer: &Sealer,
        upstream: &UpstreamId,
        username: &str,
        change: &AccountChange,
    ) -> Result<Self, Failure> {
        let hash = change.password_hash.as_deref();
        let sealed = hash.map(|hash| sealed_hash(sealer, upstream.as_str(), username, hash));
        Ok(Self {
            sealed: sealed.transpose()?,
            mail: change.mail.clone(),
            display_name: change.display_name.clone(),
            given_name: change.given_name.clone(),
            family_name: change.family_name.clone(),
            user_groups: change.groups.as_deref().map(written).transpose()?,
        })
    }
}

fn sealed_hash(
    sealer: &Sealer,
    upstream: &str,
    username: &str,
    hash: &str,
) -> Result<Vec<u8>, Failure> {
    sealer.seal(place(&[upstream, username]), hash.as_bytes())
}

fn written(groups: &[String]) -> Result<String, Failure> {
    serde_json::to_string(groups).map_err(|error| Failure::corrupt(error.to_string()))
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
