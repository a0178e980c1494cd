using Bailiwick.Evidence;

namespace Bailiwick.Tests.Evidence;

public sealed class RotationTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Rotation_OfTheLogKey_KeepsOldProofsAndTakesNewHeads()
    {
        using var oldKey = SamplePack.LogKey();
        using var newKey = SigningKey.FromSeed(SampleLog.Origin, SignatureType.Ed25519, new byte[32]);
        using var postQuantum = SigningKey.FromSeed(SampleLog.Origin, SignatureType.MlDsa44Cosignature, new byte[32]);
        var (store, appender) = await SampleLog.BuildAsync(300);
        var head = new Checkpoint(SampleLog.Origin, 300, appender.Root());
        var path = await new ProofBuilder(new TileNodes(store, 300)).InclusionAsync(17, 300, CancellationToken.None);
        var leaf = TreeHasher.Leaf(SampleLog.Entry(17));

        // Before, during (both keys sign), after with a second line; all under the policy that lists every key.
        var both = TrustPolicy.Of([oldKey.Key, newKey.Key, postQuantum.Key], [], 0);
        ICheckpointSigner[][] signers = [[oldKey], [oldKey, newKey], [newKey, postQuantum]];
        foreach (var keys in signers)
        {
            var proof = new TlogProof(null, 17, path, head.Sign(keys, Then).ToBytes());
            Assert.Null(proof.Verify(leaf, both, out var trusted));
            Assert.Equal(keys.Select(key => key.Key), trusted!.Logs.Select(signature => signature.Key));
        }

        // Who was never told of the new key still takes heads that both signed, and no later ones.
        var oldOnly = TrustPolicy.Of([oldKey.Key], [], 0);
        Assert.True(oldOnly.TryOpen(head.Sign(signers[1], Then).ToBytes(), out _, out _));
        Assert.False(oldOnly.TryOpen(head.Sign(signers[2], Then).ToBytes(), out _, out var fault));
        Assert.Equal(FaultCode.SignatureMissing, fault.Code);
    }

    [Fact]
    public void SecondLine_ListedAsAWitnessOfTheQuorum_MustBeThere()
    {
        using var log = SamplePack.LogKey();
        using var postQuantum = SigningKey.FromSeed(SampleLog.Origin, SignatureType.MlDsa44Cosignature, new byte[32]);
        var text = $"log {log.Key}\nwitness second-line {postQuantum.Key}\nquorum second-line\n";
        Assert.True(TrustPolicy.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out var policy, out var fault), fault?.ToString());
        var head = new Checkpoint(SampleLog.Origin, 9, TreeHasher.Leaf("root"u8));
        Assert.True(policy.TryOpen(head.Sign([log, postQuantum], Then).ToBytes(), out _, out _));
        Assert.False(policy.TryOpen(head.Sign([log], Then).ToBytes(), out _, out fault));
        Assert.Equal(FaultCode.Quorum, fault.Code);
    }

    [Fact]
    public void Policy_KeyInTheWrongPlace_IsRefused()
    {
        using var log = SamplePack.LogKey();
        using var witness = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        using var postQuantum = SigningKey.FromSeed(SampleLog.Origin, SignatureType.MlDsa44Cosignature, new byte[32]);
        Assert.Throws<ArgumentException>(() => TrustPolicy.Of([log.Key], [log.Key], 1));
        Assert.Throws<ArgumentException>(() => TrustPolicy.Of([witness.Key], [], 0));
        Assert.Throws<ArgumentException>(() => TrustPolicy.Of([log.Key, postQuantum.Key], [postQuantum.Key], 1));
    }

    [Fact]
    public void Witness_ToldOfTheNextKey_GoesOnWithTheSameHistory()
    {
        using var oldKey = SamplePack.LogKey();
        using var newKey = SigningKey.FromSeed(SampleLog.Origin, SignatureType.Ed25519, new byte[32]);
        using var witness = SampleLog.Signer("witness.example/w1", SignatureType.Ed25519Cosignature);
        var state = WitnessState.Empty.WithKey(oldKey.Key);
        var head = new Checkpoint(SampleLog.Origin, 9, TreeHasher.Leaf("root"u8));
        (var answer, state) = Witness.Exchange(
            state, new AddCheckpointRequest(0, [], head.Sign([oldKey], Then).ToBytes()).ToBytes(), [witness], Then);
        Assert.Equal(200, answer.Status);
        var again = new AddCheckpointRequest(9, [], head.Sign([newKey], Then).ToBytes()).ToBytes();
        Assert.Equal(403, Witness.Exchange(state, again, [witness], Then).Answer.Status);
        Assert.Equal(200, Witness.Exchange(state.WithKey(newKey.Key), again, [witness], Then).Answer.Status);
    }
}
