using System.CodeDom.Compiler;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Bailiwick.Tests.Architecture;

/// <summary>STYLE.md habits 4, 10 and 17 over the compiled assemblies and their sources.</summary>
public sealed partial class CodeRules
{
    /// <summary>The four borders where everything may be caught (STYLE.md 17), each with its reason.</summary>
    private static readonly Dictionary<string, string> Borders = new()
    {
        ["src/Bailiwick.Decoder/Program.cs"] = "process: an exit code and a line on stderr",
        ["src/Bailiwick.Decoder/Loop/DecodeEngine.cs"] = "background loop: the answer to Load, or a Fault",
        ["src/Bailiwick.Decoder/Loop/TurnBorder.cs"] = "request: one that meets a bug ends with `internal`, the others go on",
        ["src/Bailiwick.Silo/Api/Grpc/CallBorder.cs"] = "request: whatever a service did not foresee is `internal`",
        ["src/Bailiwick.Silo/Api/OpenAi/OpenAiDoor.cs"] = "request: a bug ends one request, with its type and place in the log",
        ["src/Bailiwick.Silo/Audit/Pending.cs"] = "request: what a caller's function throws is that caller's, and the writer goes on",
        ["src/Bailiwick.Silo/Shards/BackgroundLoop.cs"] = "background loop: the next pass may go well; the first failure in a row is logged",
        ["src/Bailiwick.Silo/Shards/DecoderSupervisor.cs"] = "background loop: one model that fails does not take the others along",
        ["src/Bailiwick.Silo/Api/Responses/BackgroundTurns.cs"] = "background loop: nobody waits for a turn that goes on without its client",
        ["src/Bailiwick.Silo/Shards/ShardLink.cs"] = "background loop: what is no loss of the link is thrown to each of its turns' callers",
        ["src/Bailiwick.Silo/Hosting/SiloHost.cs"] = "process: whatever keeps a silo out of its cluster is one line and an exit code",
    };

    /// <summary>Methods that end by something else than a token, each with its reason.</summary>
    private static readonly Dictionary<string, string> EndOtherwise = new()
    {
        ["FrameHost.RunAsync"] = "ends with its stdin",
        ["ImportDisplay.RunAsync"] = "the work that it shows has the token",
        ["LoadedEngine.LoadAsync"] = "ends with the process",
        ["ModelsBorder.RunAsync"] = "the verb that it wraps has the token",
        ["ModelsBorder.WithBuildAsync"] = "the verb that it wraps has the token",
        ["SimulatedEngine.LoadAsync"] = "ends with the process",
        ["ShardOutbox.TryPull"] = "ends with the next record or heartbeat",
        ["SessionStore.ReachAsync"] = "the calls that it wraps have the token",
        ["StderrPump.RunAsync"] = "ends with the stderr that it reads",
        ["TurnLedger.CloseAsync"] = "an intent gets its outcome, whatever the caller does",
        ["TurnLedger.SettleAsync"] = "a record that may be durable counts, whatever the caller does",
        ["TryAnswer.RunAsync"] = "its events end when the turn is cancelled",
    };

    [Fact]
    public void CatchAll_OfTheTree_StandsAtABorder() =>
        Rules.Hold(SourceFiles.CSharp("src/").Where(file => !Borders.ContainsKey(file.Path)).SelectMany(CatchAlls));

    [Fact]
    public void CatchAll_ElsewhereOrEmpty_IsNamed()
    {
        const string Text = """
            try { A(); } catch (Exception e) { Log(e); }
            try { B(); } catch { }
            try { C(); } catch (Exception e) when (e is IOException) { D(); }
            try { E(); } catch (IOException) { F(); }
            try { G(); } catch { H(); throw; }
            """;
        Assert.Equal(["src/X.cs:1", "src/X.cs:2"], CatchAlls(new SourceFile("src/X.cs", Text)));
    }

    [Fact]
    public void Borders_EachListed_StillCatchesAll() =>
        Assert.All(Borders.Keys, path => Assert.NotEmpty(SourceFiles.Read(path.Equals).SelectMany(CatchAlls)));

    [Fact]
    public void AsyncMethods_OfTheTree_TakeATokenLast() =>
        Rules.Hold(Product.Assemblies.SelectMany(assembly => assembly.GetTypes()).SelectMany(WithoutToken).Except(EndOtherwise.Keys));

    [Fact]
    public void Defaults_OfTheClientSdk_AreItsPublicOnes() =>
        Assert.All(
            typeof(Bailiwick.Client.BailiwickClient).Assembly.GetTypes().Where(type => !type.IsPublic).SelectMany(type => type.GetMethods()),
            method => Assert.DoesNotContain(method.GetParameters(), IsDefaultedToken));

    [Fact]
    public void EndOtherwise_EachListed_StillHasNoToken() =>
        Assert.Empty(EndOtherwise.Keys.Except(Product.Assemblies.SelectMany(assembly => assembly.GetTypes()).SelectMany(WithoutToken)));

    [Fact]
    public void AsyncMethods_WithoutATokenOrWithADefault_AreNamed() =>
        Assert.Equal(["Sample.Bare", "Sample.Defaulted"], WithoutToken(typeof(Sample)));

    private static IEnumerable<string> CatchAlls(SourceFile file) =>
        from line in Rethrown().Replace(file.Text, clause => new string('\n', clause.Value.Count(c => c == '\n')))
            .Split('\n').Select((text, index) => (text, index))
        where CatchAll().IsMatch(line.text)
        select $"{file.Path}:{line.index + 1}";

    private static IEnumerable<string> WithoutToken(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.DeclaredOnly;
        // Orleans' generated proxies and invokers, and gRPC's base classes, have the shape that their makers give them.
        return from method in type.GetMethods(Declared)
               where !type.IsDefined(typeof(GeneratedCodeAttribute), inherit: false) && !method.IsDefined(typeof(GeneratedCodeAttribute), inherit: false)
               where !method.Name.Contains('<', StringComparison.Ordinal) && !type.Name.Contains('<', StringComparison.Ordinal)
               where !method.IsPrivate && !typeof(Delegate).IsAssignableFrom(type)
               where method.Name is not ("Main" or "DisposeAsync") && !method.IsSpecialName && method.GetBaseDefinition() == method
               where IsAsync(method.ReturnType)
               let last = method.GetParameters().LastOrDefault()
               where last?.ParameterType != typeof(CancellationToken) || (last.HasDefaultValue && !IsSdk(type))
               where !last?.GetCustomAttributesData().Any(data => data.AttributeType.Name == "EnumeratorCancellationAttribute") ?? true
               select $"{type.Name}.{method.Name}";
    }

    /// <summary>STYLE.md 10: callers of the client SDK need not have a token.</summary>
    private static bool IsSdk(Type type) => type.IsPublic && type.Assembly == typeof(Bailiwick.Client.BailiwickClient).Assembly;

    private static bool IsDefaultedToken(ParameterInfo parameter) => parameter.ParameterType == typeof(CancellationToken) && parameter.HasDefaultValue;

    private static bool IsAsync(Type type) =>
        type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && type.GetGenericTypeDefinition() is var open
            && (open == typeof(Task<>) || open == typeof(ValueTask<>) || open == typeof(IAsyncEnumerable<>)));

    [GeneratedRegex(@"\bcatch\s*(\(\s*(System\.)?Exception(\s+\w+)?\s*\)\s*(?!\s*when)|(\{|$))(?!\s*when)")]
    private static partial Regex CatchAll();

    /// <summary>A clause that only cleans up: it ends by throwing on what it caught.</summary>
    [GeneratedRegex(@"\bcatch\s*(\(\s*Exception\s*\))?\s*\{[^{}]*\bthrow;\s*\}")]
    private static partial Regex Rethrown();

    private sealed class Sample
    {
        public static Task Bare() => Task.CompletedTask;

        public static Task Defaulted(CancellationToken token = default) => Task.FromCanceled(token);

        public static Task Good(CancellationToken token) => Task.FromCanceled(token);
    }
}
