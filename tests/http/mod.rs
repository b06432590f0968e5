mod authorization;
mod crash;
mod limits;
mod responses;
mod rounds;
