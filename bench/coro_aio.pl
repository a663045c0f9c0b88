#!/usr/bin/perl
# Coro::AIO on EV, the loop its manual recommends: the same work, in Perl coroutines.
use strict;
use warnings;
use EV;
use Coro;
use Coro::EV;
use AnyEvent::AIO;
use Coro::AIO;
use Fcntl;
use Time::HiRes;

my ($work, $n, $amount, $target) = @ARGV;
my $seed = 1;
my $blocks = $target && -f $target ? int((-s $target) / 4096) : 1;
my ($start, $count, $over) = (now(), 0, 0);

sub now { return Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) }

sub offset {
    $seed = ($seed * 1103515245 + 12345) & 0x7fffffff;
    return ($seed >> 7) % $blocks * 4096;
}

sub more {
    $over = now() - $start >= $amount if ($count & 63) == 0;
    return 0 if $over;
    return ++$count;
}

sub rate { return $count / (now() - $start) }

sub spawn {
    my ($body) = @_;
    my @coros = map { &async($body) } 1 .. $n;
    $_->join for @coros;
}

sub each_of {
    my ($visit, @arguments) = @_;
    my @coros = map { &async($visit, @$_) } @arguments;
    $_->join for @coros;
}

sub resident {
    open my $file, "<", "/proc/self/statm" or die;
    return (split " ", <$file>)[1] * 4096;
}

sub small_file {
    my ($index) = @_;
    return sprintf "%s/%03d/%03d", $target, int($index / 1000), $index % 1000;
}

my %works = (
    read => sub {
        my $fh = aio_open $target, O_RDONLY, 0 or die "$target: $!";
        spawn sub {
            my $buf = "";
            while (more()) {
                aio_read($fh, offset(), 4096, $buf, 0) == 4096 or die "read: $!";
            }
        };
        return rate();
    },
    write => sub {
        my $written = "$target.written";
        open my $file, ">", $written or die;
        syswrite($file, "x" x 4096) == 4096 or die for 1 .. 2048;
        close $file or die;
        $blocks = (8 << 20) / 4096;
        my ($fh, $data) = (aio_open($written, O_RDWR, 0), "x" x 4096);
        $start = now();
        spawn sub {
            while (more()) {
                aio_write($fh, offset(), 4096, $data, 0) == 4096 or die "write: $!";
            }
        };
        return rate();
    },
    rename => sub {
        my ($directory, $index) = ("$target.renamed", 0);
        system("rm -rf $directory && mkdir $directory") == 0 or die;
        for (1 .. $n) { open my $file, ">", "$directory/$_" or die }
        $start = now();
        spawn sub {
            my ($from, $to) = ("$directory/" . ++$index, "$directory/$index.renamed");
            while (more()) {
                aio_rename $from, $to and die "rename: $!";
                ($from, $to) = ($to, $from);
            }
        };
        return rate();
    },
    stat => sub {
        spawn sub {
            while (more()) {
                aio_stat $target and die "stat: $!";
                -s _ or die;
            }
        };
        return rate();
    },
    nop => sub {
        spawn sub { aio_nop while more() };
        return rate();
    },
    files => sub {
        my $next = 0;
        spawn sub {
            while ($next < $amount) {
                my $path = small_file($next++);
                my $fh = aio_open $path, O_RDONLY, 0 or die "$path: $!";
                my $buf = "";
                aio_read($fh, 0, 4096, $buf, 0) > 0 or die "$path: $!";
                aio_close $fh and die "$path: $!";
            }
        };
        return $amount / (now() - $start);
    },
    memory => sub {
        IO::AIO::max_parallel 0;
        my ($before, $started) = (resident(), 0);
        my @coros = map { async { $started++; aio_stat $target } } 1 .. $n;
        cede while $started < $n;
        return (resident() - $before) / $n;
    },
    queued => sub {
        IO::AIO::max_parallel 0;
        my $done = sub { };
        my $buf = "x" x 4096;
        open my $fh, "<", $target or die;
        my $before = resident();
        IO::AIO::aio_read($fh, $_ * 4096, 4096, $buf, 0, $done) for 1 .. $n;
        return (resident() - $before) / $n;
    },
    scan => sub {
        my $found = 0;
        open my $sink, ">", "/dev/null" or die;
        my $visit;
        $visit = sub {
            my ($directory) = @_;
            my ($directories, $files) = aio_scandir $directory, 0 or die "$directory: $!";
            print $sink "$directory/", join("\n$directory/", @$files), "\n" if @$files;
            $found += @$files;
            each_of($visit, map { ["$directory/$_"] } @$directories);
        };
        $visit->($target);
        $found == $amount or die "$found files";
        return $amount / (now() - $start);
    },
    remove => sub {
        my ($directories) = aio_scandir $target, 0 or die "$target: $!";
        each_of(sub { aio_rmtree $_[0] and die "$_[0]: $!" }, map { ["$target/$_"] } @$directories);
        aio_rmdir $target and die "$target: $!";
        return $amount / (now() - $start);
    },
    rmtree => sub {
        aio_rmtree $target and die "$target: $!";
        return $amount / (now() - $start);
    },
    copy => sub {
        my $visit;
        $visit = sub {
            my ($from, $to) = @_;
            my ($directories, $files) = aio_scandir $from, 0 or die "$from: $!";
            aio_mkdir $to, 0777 and die "$to: $!";
            each_of($visit, map { ["$from/$_", "$to/$_"] } @$directories);
            for (@$files) { aio_copy "$from/$_", "$to/$_" and die "$from/$_: $!" }
        };
        $visit->($target, "$target.copy");
        return $amount / (now() - $start);
    },
    ticker => sub {
        my $fh = aio_open $target, O_RDONLY, 0 or die "$target: $!";
        my ($last, $longest) = (0, 0);
        my $ticker = async {
            $last = now(); # from here on: to make 10,000 coroutines is no request's doing
            while (more()) {
                Coro::EV::timer_once 0.001;
                my $now = now();
                $longest = $now - $last if $now - $last > $longest;
                $last = $now;
            }
        };
        spawn sub {
            my $buf = "";
            while (more()) {
                aio_read $fh, offset(), 4096, $buf, 0;
                aio_stat $target;
            }
        };
        $ticker->join;
        return $longest * 1000;
    },
);

exit 3 unless $works{$work};
$start = now();
printf "%.3f\n", $works{$work}->();
STDOUT->flush;
POSIX::_exit(0) if eval { require POSIX };
