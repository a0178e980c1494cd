using System.Runtime.InteropServices;

namespace Bailiwick.Decoder;

/// <summary>
/// A seccomp filter (Linux, Documentation/userspace-api/seccomp_filter.rst) over all threads: socket() gives EACCES for
/// every family but AF_UNIX, io_uring_setup() gives ENOSYS (it could open sockets too). A second wall behind the network
/// namespace; where the kernel has no seccomp, the namespace stands alone and Hello says so.
/// </summary>
internal static partial class SyscallFilter
{
    private const long SetModeFilter = 1;
    private const nuint AllThreads = 1;
    private const uint IoUringSetup = 425;
    private const uint AfUnix = 1;
    private const uint X32Bit = 0x4000_0000;

    // Offsets in struct seccomp_data: nr, arch, instruction_pointer, args[6] (low half first: both targets are little-endian).
    private const uint Number = 0;
    private const uint Architecture = 4;
    private const uint FirstArgument = 16;

    // BPF opcodes: load a word, jump if equal, jump if greater or equal, return.
    private const ushort Load = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpAtLeast = 0x35;
    private const ushort Return = 0x06;

    private const uint Allow = 0x7FFF_0000;
    private const uint AccessDenied = 0x0005_0000 | 13;
    private const uint NoSuchCall = 0x0005_0000 | 38;

    /// <summary>False where the platform is not one of the two we know, or the kernel refuses.</summary>
    public static bool TryInstall() => RuntimeInformation.ProcessArchitecture switch
    {
        // AUDIT_ARCH_*, __NR_socket, __NR_seccomp
        System.Runtime.InteropServices.Architecture.X64 => TryInstall(0xC000_003E, 41, 317),
        System.Runtime.InteropServices.Architecture.Arm64 => TryInstall(0xC000_00B7, 198, 277),
        _ => false,
    };

    private static unsafe bool TryInstall(uint architecture, uint socket, long seccomp)
    {
        // Jumps count the instructions that they pass over.
        ReadOnlySpan<Instruction> program =
        [
            new(Load, 0, 0, Architecture),
            new(JumpEqual, 0, 7, architecture),    // other: 9
            new(Load, 0, 0, Number),
            new(JumpAtLeast, 5, 0, X32Bit),        // the x32 ABI has other numbers for the same calls: 9
            new(JumpEqual, 4, 0, IoUringSetup),    // 9
            new(JumpEqual, 0, 2, socket),          // other: 8
            new(Load, 0, 0, FirstArgument),
            new(JumpEqual, 0, 2, AfUnix),          // other: 10
            new(Return, 0, 0, Allow),              // 8
            new(Return, 0, 0, NoSuchCall),         // 9
            new(Return, 0, 0, AccessDenied),       // 10
        ];
        fixed (Instruction* first = program)
        {
            var filter = new Program { Length = (ushort)program.Length, First = first };
            return SystemCall(seccomp, SetModeFilter, AllThreads, &filter) == 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long SystemCall(long number, long operation, nuint flags, Program* filter);

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte JumpTrue, byte JumpFalse, uint Value);

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Program
    {
        public ushort Length;
        public Instruction* First;
    }
}
