namespace Bailiwick.Tests;

public sealed class RepositoryTests
{
    [Fact]
    public void Root_AnyCheckout_HoldsTheDefaultModel() =>
        Assert.True(File.Exists(Repository.Model("smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf")));
}
