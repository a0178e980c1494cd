using Bailiwick.Models.Import;
using Bailiwick.Models.Weights;
using Bailiwick.Protocol.Decoder;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Residency;
using Bailiwick.Residency.Requests;
using Bailiwick.Silo.Shards;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Bailiwick.Tests.Silo;

/// <summary>What goes between silos, what it is decided by, and how reports become one model.</summary>
public sealed class ShardFormsTests
{
    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    [Fact]
    public async Task Records_OverTheWire_AreTheSameAndInOrder()
    {
        var outbox = new ShardOutbox("link", 7, 0);
        var token = new Token { Id = 7, Text = " größe", Logprob = -0.5f, Top = { new Alternative { Id = 3, Text = "x", Logprob = -1 } }, Call = { new ToolCallPiece { Index = 1, Name = "f", Arguments = "{" } } };
        outbox.Add(2, ShardRecordKind.Token, token.ToByteArray());
        outbox.Add(1, ShardRecordKind.Leaving, []);
        outbox.Add(2, ShardRecordKind.Finished, [1, 0, 0, 0], new Finished { AnswerTokens = 9 }.ToByteArray());

        var mail = Sent(await outbox.TryPull(0)!);

        Assert.Equal(7, mail.Outbox);
        ReadOnlySpan<byte> records = mail.Records;
        Assert.True(ShardRecord.TryRead(ref records, out var first));
        Assert.Equal((2, ShardRecordKind.Token), (first.Turn, first.Kind));
        var read = DecodedToken.Parse(first.Bytes);
        Assert.Equal((7, " größe", -0.5f, 3), (read.Id, read.Text, read.Logprob, Assert.Single(read.Top).Id));
        Assert.Equal(token.Call, read.Calls);
        Assert.Empty(default(DecodedToken).Calls);
        Assert.True(ShardRecord.TryRead(ref records, out var second));
        Assert.Equal((1, ShardRecordKind.Leaving, 0), (second.Turn, second.Kind, second.Bytes.Length));
        Assert.True(ShardRecord.TryRead(ref records, out var third));
        Assert.Equal((2, ShardRecordKind.Finished, 9), (third.Turn, third.Kind, Finished.Parser.ParseFrom(third.Bytes[4..]).AnswerTokens));
        Assert.False(ShardRecord.TryRead(ref records, out _));
    }

    [Fact]
    public void RecordKinds_OnTheWire_KeepTheirNumbers() => Assert.Equal(
        [("Started", 2), ("Token", 3), ("Finished", 4), ("Leaving", 5), ("Absent", 6), ("Silent", 7)],
        Enum.GetValues<ShardRecordKind>().Select(kind => (kind.ToString(), (int)kind)));

    [Fact]
    public async Task Outbox_PulledWhileItIsEmpty_AnswersWithAllThatCameUntilItIsFlushed()
    {
        var outbox = new ShardOutbox("link", 1, 0);
        var pull = outbox.TryPull(0)!;
        outbox.Add(1, ShardRecordKind.Token, [1]);
        outbox.Add(2, ShardRecordKind.Token, [2]);
        Assert.False(pull.IsCompleted);

        outbox.Flush();

        Assert.Equal(2 * (ShardRecord.HeaderBytes + 1), (await pull).Records.Length);
        Assert.Equal(0, outbox.Count);
    }

    [Fact]
    public async Task Outbox_NothingToSay_BeatsWhenThePullHasWaited()
    {
        var outbox = new ShardOutbox("link", 1, 0);
        var pull = outbox.TryPull(1000)!;

        outbox.Beat(1100, TimeSpan.FromMilliseconds(125));
        Assert.False(pull.IsCompleted);
        outbox.Beat(1125, TimeSpan.FromMilliseconds(125));

        Assert.Empty((await pull).Records);
    }

    [Fact]
    public void Outbox_NobodyPulls_ClosesAndGivesItsTurns()
    {
        var outbox = new ShardOutbox("link", 1, 0);
        var stream = new ShardStream(outbox, 1);
        Assert.True(outbox.TryOpen(stream));
        outbox.TryPull(1000);

        Assert.Null(outbox.TryClose(4000, TimeSpan.FromSeconds(3)));
        Assert.Equal([stream], outbox.TryClose(4001, TimeSpan.FromSeconds(3)));

        Assert.Null(outbox.TryPull(4002));
        Assert.False(outbox.TryOpen(new ShardStream(outbox, 2)));
    }

    [Fact]
    public void Stream_NobodyPulls_TakesSoManyTokensAndNoMore()
    {
        var outbox = new ShardOutbox("link", 1, 0);
        ITurnSink stream = new ShardStream(outbox, 1);
        Assert.True(outbox.TryOpen((ShardStream)stream));

        Assert.All(Enumerable.Range(0, ShardStream.MostPending), _ => Assert.True(stream.TryAdd([1])));
        Assert.False(stream.TryAdd([1]));

        outbox.TryPull(0);
        Assert.True(stream.TryAdd([1]));
    }

    [Fact]
    public void Stream_EndedBeforeItHasAPlace_GivesThePlaceBackOnce()
    {
        var outbox = new ShardOutbox("link", 1, 0);
        var stream = new ShardStream(outbox, 1);
        Assert.True(outbox.TryOpen(stream));
        var given = 0;

        stream.Abandon();
        stream.Enter(new DecoderPulse(), _ => { }, () => given++);
        stream.Leave();

        Assert.Equal(1, given);
    }

    [Fact]
    public void Model_OverTheWire_IsTheSame()
    {
        var model = ServedModelView.Merge("tiny", [Report("n1", "a", ReplicaPhase.Ready)], null);

        var read = Sent(model);

        Assert.Equal(model.Replicas, read.Replicas);
        Assert.Equal((model.Name, model.Build, model.PermittedZones), (read.Name, read.Build, read.PermittedZones));
    }

    [Theory]
    [InlineData("public", "public")]
    [InlineData("internal", "public")]
    public void Payload_OverTheWire_KeepsLabelsAndPermit(string requested, string credential)
    {
        Assert.True(new PolicyOfOneSilo().TryGet(out var guard, out _));
        var label = new Label("local", credential, "service-provision", "quick-start");
        var admitted = guard.Receive(
            new Submit(), LabelPair.Of(label), guard.Snapshot.Permit, Destination.At(DestinationKind.Silo, Place.In("local-1", Proof.Certificate))).Payload!;

        var sent = Sent(ShardPayload.Of(admitted, new Submit { Text = "question" }));

        Assert.Equal(admitted.Labels, sent.Labels);
        Assert.Equal(admitted.Permit, sent.Permit);
        Assert.Equal("question", Submit.Parser.ParseFrom(sent.Frame).Text);
        var raised = new ShardPayload
        {
            Frame = [], Epoch = 1, PolicyDigest = "", Requested = ["local", requested, "p", "t"], Credential = ["local", credential, "p", "t"],
        };
        Assert.Equal(requested != credential, raised.Labels.IsRaised);
    }

    [Theory]
    [InlineData("local-1", "public", 0, null)]
    [InlineData("local-1", "internal", 0, "residency_denied")]
    [InlineData("local-9", "public", 0, "residency_denied")]
    [InlineData("local-1", "public", 1, "epoch")]
    [InlineData("local-1", "public", -1, "epoch")]
    public void Gate_DecidesAgain_ForItsOwnZoneAndEpoch(string zone, string kind, int epochs, string? code)
    {
        var board = new PolicyOfOneSilo();
        board.Raise(5);
        var sender = PolicyOfOneSilo.GuardOf(5 + epochs).Snapshot.Permit;
        var payload = new ShardPayload
        {
            Frame = [],
            Requested = ["local", kind, "service-provision", "quick-start"],
            Credential = null,
            Epoch = sender.Epoch,
            PolicyDigest = sender.Digest,
        };

        var (admitted, refusal) = new ShardGate(board, zone).Receive(new Submit(), payload);

        Assert.Equal(code, refusal?.Row.Code);
        Assert.Equal(code is null, admitted is not null);
    }

    [Fact]
    public void Gate_NoPolicyInForce_Refuses()
    {
        var payload = new ShardPayload { Frame = [], Requested = [null, null, null, null], Credential = null, Epoch = 1, PolicyDigest = "" };

        var (admitted, refusal) = new ShardGate(new PolicyOfOneSilo { IsStale = true }, "local-1").Receive(new Submit(), payload);

        Assert.Null(admitted);
        Assert.Equal("policy_stale", refusal!.Row.Code);
    }

    [Fact]
    public void Merge_NodesDisagree_TakesTheBuildOfMostReadyOnesAndKeepsAllReplicas()
    {
        var view = ServedModelView.Merge(
            "tiny",
            [
                Report("n3", "b", ReplicaPhase.Loading), Report("n2", "b", ReplicaPhase.Loading), Report("n1", "a", ReplicaPhase.Ready),
                Report("n4", "", ReplicaPhase.Importing),
            ],
            null);

        Assert.Equal("a", view.Build);
        Assert.Equal(["n1", "n2", "n3", "n4"], view.Replicas.Select(replica => replica.Node));
    }

    [Fact]
    public void Merge_NoReportsLeft_KeepsTheFactsWithoutReplicas()
    {
        var before = ServedModelView.Merge("tiny", [Report("n1", "a", ReplicaPhase.Ready)], null);

        var after = ServedModelView.Merge("tiny", [], before);

        Assert.Equal("a", after.Build);
        Assert.Empty(after.Replicas);
    }

    [Fact]
    public void Sent_TurnOnOneOfTwoNodes_IsCountedThere()
    {
        var view = ServedModelView.Merge("tiny", [Report("n1", "a", ReplicaPhase.Ready), Report("n2", "a", ReplicaPhase.Ready)], null);

        var after = ServedModelView.Sent(ServedModelView.Sent(view, view.Replicas[1]), view.Replicas[1]);

        Assert.Equal([0, 2], after.Replicas.Select(replica => replica.Active));
    }

    [Fact]
    public void IsUrgent_CountsOnly_IsNot()
    {
        var was = Report("n1", "a", ReplicaPhase.Ready);
        var busier = was with { Replicas = new[] { was.Replicas[0] with { Active = 9 } } };
        var draining = was with { Replicas = new[] { was.Replicas[0] with { Draining = true } } };

        Assert.False(ServedModelView.IsUrgent(was, busier));
        Assert.True(ServedModelView.IsUrgent(was, draining));
        Assert.True(ServedModelView.IsUrgent(null, was));
    }

    [Fact]
    public void Published_DefaultModelsEntry_GivesNameAndDigest()
    {
        var published = PublishedModel.FindEntry(Path.Combine(Repository.Root, "models/smollm2-135m-instruct"));

        Assert.Equal("smollm2-135m-instruct", published.Name);
        Assert.Matches("^[0-9a-f]{64}$", published.EntryDigest);
        Assert.Contains("model.json", Assert.Throws<BadModelException>(() => PublishedModel.FindEntry("/nonexistent/model.json")).Message, StringComparison.Ordinal);
        Assert.Equal("my-model", PublishedModel.NameOf("/x/My Model.gguf"));
    }

    private static T Sent<T>(T value)
        where T : class => Serializer.Deserialize<T>(Serializer.SerializeToArray(value))!;

    private static ServedModel Report(string node, string build, ReplicaPhase phase) => ServedModelView.Unknown("tiny") with
    {
        Build = build,
        Replicas = new[] { new Replica { Zone = "z", Node = node, Model = "tiny", Build = build, Phase = phase } },
    };
}
