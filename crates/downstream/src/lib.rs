//! Applications: each turns a message into an AuthnRequest and a Grant into a reply.
