# Run steps (see script.lua) through Coro::AIO, in the current directory, and write down what came of each.
#   perl runner.pl STEPS OUTPUT       STEPS is Perl source, OUTPUT Lua source, both made for and read by compare.lua
# An outcome is a text: "ok", a number, a quoted string, a list, "error ERRNO", or "raised".

use strict;
use warnings;
no warnings 'uninitialized';

use EV;
use IO::AIO ();
use Coro::AIO;

my ($steps_file, $output_file) = @ARGV;
my $steps = do $steps_file or die "$steps_file: $@ $!";
my %var;

# IO::AIO's aio_copy dies in a callback of its own when it has a partial file to remove.
$EV::DIED = sub { };

# The directory of each side has a name of its own, which shows in real paths.
sub quote {
    my ($text) = @_;
    $text =~ s/^\Q$ENV{PWD}\E/ROOT/;
    return sprintf "%d bytes, sum %d", length $text, unpack "%32C*", $text if length $text > 100;
    $text =~ s/([^ !#-Z^-~])/sprintf "\\x%02x", ord $1/ge;
    return "\"$text\"";
}

sub list_of { return "{" . join (", ", map quote ($_), sort @{ $_[0] }) . "}" }
sub error { return "error " . ($! + 0) }
sub status { return $_[0] >= 0 ? "ok" : error }
sub number { return $_[0] >= 0 ? "$_[0]" : error }

sub value {
    my ($arg) = @_;
    return $arg unless ref $arg eq "HASH";
    return $var{ $arg->{ref} } if defined $arg->{ref};
    return [$var{ $arg->{wd} }, $arg->{name}] if defined $arg->{name};
    return defined $arg->{wd} ? $var{ $arg->{wd} } : $arg;
}

# The arguments are passed on in @_, not as copies: some are variables to be filled.
sub request {
    my $op = shift;
    no strict 'refs';
    $! = 0;
    return &{"Coro::AIO::aio_$op"} (@_);
}

sub flock_of { return pack "s s x![q] q q l x![q]", @{ $_[0] }{qw(type whence start len)}, 0 }

sub stat_fields {
    my ($step) = @_;
    my %field;
    @field{qw(dev ino mode nlink uid gid rdev size)} = stat _;
    $field{$_} = IO::AIO->can ("st_$_")->() for qw(atime mtime);
    $field{$_} = sprintf "%d.%09d", $field{$_}, IO::AIO->can ("st_${_}nsec")->() for qw(atime mtime);
    return join " ", map "$_=$field{$_}", @{ $step->{fields} || [qw(mode nlink uid gid size)] };
}

my %numbers = map { $_ => 1 } qw(seek write sendfile);
my %opaque = map { $_ => 1 } qw(open wd);
my %texts = map { $_ => 1 } qw(readlink realpath);
my %special;

$special{sh} = sub { my ($step, $command) = @_; return system ("sh", "-c", $command) == 0 ? "ok" : "failed" };

$special{map} = sub {
    my ($step, $size, $fh) = @_;
    my $flags = defined $fh ? IO::AIO::MAP_SHARED : IO::AIO::MAP_PRIVATE | IO::AIO::MAP_ANONYMOUS;
    my $bytes;
    IO::AIO::mmap $bytes, $size, IO::AIO::PROT_READ | IO::AIO::PROT_WRITE, $flags, $fh or return error;
    $var{ $step->{as} } = \$bytes;
    return "ok";
};

$special{poke} = sub {
    my ($step, $map, $offset, $bytes) = @_;
    substr ($$map, $offset, length $bytes) = $bytes;
    return "ok";
};

for my $op (qw(msync mtouch mlock)) {
    $special{$op} = sub { my ($step, $map, @rest) = @_; return status (request ($op, $$map, @rest)) };
}

for my $op (qw(stat lstat)) {
    $special{$op} = sub {
        my ($step, $target) = @_;
        my ($result) = request ($op, $target);
        return $result < 0 ? error : stat_fields ($step);
    };
}

$special{statvfs} = sub {
    my ($step, $target) = @_;
    my ($result) = request ("statvfs", $target);
    return $result ? join (" ", map "$_=$result->{$_}", @{ $step->{fields} }) : error;
};

$special{read} = sub {
    my ($step, $fh, $offset, $length, $initial, $at) = @_;
    my $data = $initial;
    my ($result) = request ("read", $fh, $offset, $length, $data, $at || 0);
    return error if $result < 0;
    return defined $initial ? "$result " . quote ($data) : quote ($data);
};

$special{load} = sub {
    my ($step, $path) = @_;
    my $data;
    my ($result) = request ("load", $path, $data);
    return $result < 0 ? error : quote ($data);
};

$special{slurp} = sub {
    my ($step, $path, $offset, $length) = @_;
    my $data;
    my ($result) = request ("slurp", $path, $offset, $length, $data);
    return $result < 0 ? error : quote ($data);
};

$special{readdir} = sub {
    my ($step, $path) = @_;
    my ($entries) = request ("readdir", $path);
    return error unless $entries;
    return scalar (@$entries) . " entries" if $step->{count};
    return list_of ($entries);
};

$special{readdirx} = sub {
    my ($step, $path, $flags) = @_;
    my ($entries, $out) = request ("readdirx", $path, $flags);
    return error unless $entries;
    my @names = map { ref $_ ? "$_->[0]:$_->[1]" : $_ } @$entries;
    splice @names, $step->{first} if $step->{first};
    return list_of (\@names) . " flags=" . ($out & ~IO::AIO::READDIR_DENTS); # which it may have added
};

$special{scandir} = sub {
    my ($step, $path, $maxreq) = @_;
    my ($dirs, $nondirs) = request ("scandir", $path, $maxreq);
    return error unless $dirs;
    return scalar (@$dirs) . " and " . scalar (@$nondirs) if $step->{count};
    return list_of ($dirs) . " " . list_of ($nondirs);
};

$special{fiemap} = sub {
    my ($step, @args) = @_;
    my ($extents) = request ("fiemap", @args);
    return error unless defined $extents;
    return $extents unless ref $extents;
    return "{" . join (", ", map join (":", @$_), @$extents) . "}";
};

$special{fcntl} = sub {
    my ($step, $fh, $command, $arg) = @_;
    my $lock = ref $arg ? flock_of ($arg) : undef;
    my ($result) = defined $lock ? request ("fcntl", $fh, $command, $lock) : request ("fcntl", $fh, $command, $arg);
    return error if $result < 0;
    return "$result" unless defined $lock;
    return "$result " . join ",", (unpack "s s x![q] q q", $lock);
};

$special{ioctl} = sub {
    my ($step, $fh, $command, $arg) = @_;
    my $data = $arg;
    my ($result) = request ("ioctl", $fh, $command, $data);
    return error if $result < 0;
    return $step->{text} ? "$result " . quote ($data) : "$result";
};

# Members of a group: their outcomes, then what the group was told to return.
$special{group} = sub {
    my ($step, @members) = @_;
    my @outcomes;
    my $group = IO::AIO::aio_group (sub { });
    for my $i (0 .. $#members) {
        my ($op, @args) = @{ $members[$i] };
        no strict 'refs';
        my $done = sub { $outcomes[$i] = @_ ? status ($_[0]) : "ok" };
        $group->add (&{"IO::AIO::aio_$op"} ((map value ($_), @args), $done));
    }
    $group->result (@{ $step->{result} }) if $step->{result};
    my @result = aio_wait $group;
    return join ("; ", @outcomes) . " = " . join ",", @result;
};

sub plain {
    my ($step, $op, @args) = @_;
    my ($result) = request ($op, @args);
    return number ($result) if $numbers{$op};
    return defined $result ? quote ($result) : error if $texts{$op};
    return status ($result) unless $opaque{$op};
    $var{ $step->{as} } = $result if defined $step->{as};
    return defined $result ? "ok" : error;
}

sub outcome_of {
    my ($step) = @_;
    my $op = $step->{op};
    my @args = $op eq "group" ? @{ $step->{args} } : map value ($_), @{ $step->{args} };
    my $outcome = eval { $special{$op} ? $special{$op}->($step, @args) : plain ($step, $op, @args) };
    return defined $outcome ? $outcome : "raised";
}

umask 022;
open my $output, ">", $output_file or die "$output_file: $!";
print $output "return {\n";
for my $step (@$steps) {
    my $outcome = outcome_of ($step);
    $outcome =~ s/([\\"])/\\$1/g;
    print $output "  \"$outcome\",\n";
}
print $output "}\n";
close $output or die "$output_file: $!";
