//! The program from outside: a module for each verb.

mod cert;
mod cms;
mod completions;
mod exit;
mod expand;
mod explain;
mod forms;
mod help;
mod id;
mod inspect;
mod mail;
mod man;
mod policy_show;
mod receipts;
mod signals;
mod support;
mod terminal;
mod tour;
