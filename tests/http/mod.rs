mod authorization;
mod crash;
mod disk;
mod limits;
mod responses;
mod rounds;
