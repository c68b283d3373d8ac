//! What the stories need: a house to come to, somebody who comes, and the inspection of each page that they see.

mod house;
mod inspection;
mod neighbour;
mod visitor;

pub(crate) use self::{
    house::{ADMIN_PASSWORD, House},
    visitor::Visitor,
};
