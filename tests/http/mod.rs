mod authorization;
mod commands;
mod connection_loss;
mod crash;
mod disk;
mod limits;
mod responses;
mod rounds;
